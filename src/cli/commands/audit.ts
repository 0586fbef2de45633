import { defineCommand } from '../command.ts';
import { exits, worst } from '../exit.ts';
import { failOnFlag, guidanceFlag, outputFlags, scopeFlags, sourceFlags } from '../flags.ts';
import type { Audit } from '../../core/audit.ts';
import { severities, type Severity } from '../../core/problem.ts';
import type { ExitCode } from '../exit.ts';

export const audit = defineCommand({
  name: 'audit',
  summary: 'Compare what protects each machine with what it needs.',
  description: [
    'Reads the fleet, classifies each machine by the guidance, judges all six options against it, and lists the gaps.',
    'What could not be read is reported as unknown, never as unprotected, and makes the exit code 6.',
  ].join('\n'),
  flags: { ...scopeFlags, ...guidanceFlag, ...sourceFlags, ...outputFlags, ...failOnFlag },
  examples: [
    { line: 'holdfast audit', says: 'every machine the login can see' },
    { line: 'holdfast audit --tag environment=prod --fail-on high', says: 'in CI: exit 4 when production has a serious gap' },
    { line: 'holdfast audit --offline DIR --output json', says: 'from an exported bundle, as data' },
  ],
  exits: ['0  fine', '2  wrong usage or invalid guidance', '4  findings at or above --fail-on', '6  incomplete: something unknown could change a finding'],
  run: async (flags, _, context) => {
    const { readAndAudit } = await import('../audit-run.ts');
    const { checkOutput, putReport } = await import('../output.ts');
    await checkOutput(flags, context);
    const { audit: result } = await readAndAudit(flags, context);
    await putReport(result, flags, context);
    return auditExit(result, flags['fail-on']);
  },
});

/** 6 for an incomplete audit, 4 for findings at or above the severity; 6 wins. */
export const auditExit = (result: Audit, failOn: string | undefined): ExitCode => {
  const all = [...result.machines, ...result.orphans, ...result.vaults].flatMap((m) => m.findings);
  const limit = failOn === undefined ? -1 : severities.indexOf(failOn as Severity);
  const failing = all.some((f) => severities.indexOf(f.severity) <= limit);
  return worst([result.complete ? exits.fine : exits.incomplete, failing ? exits.findings : exits.fine]);
};
