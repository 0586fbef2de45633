import { defineCommand } from '../command.ts';
import { auditExit, findingsOf } from '../audit-exit.ts';
import { failOnFlag, guidanceFlag, outputFlags, pricesFlag, scopeFlags, sourceFlags } from '../flags.ts';

export const audit = defineCommand({
  name: 'audit',
  summary: 'Compare what protects each machine with what it needs.',
  description: [
    'Reads the fleet, classifies each machine by the guidance, judges all six options against it, and lists the gaps.',
    'What could not be read is reported as unknown, never as unprotected, and makes the exit code 6.',
    'Protection without a machine is listed with what it costs a month.',
  ].join('\n'),
  flags: { ...scopeFlags, ...guidanceFlag, ...sourceFlags, ...pricesFlag, ...outputFlags, ...failOnFlag },
  examples: [
    { line: 'holdfast audit', says: 'every machine the login can see' },
    {
      line: 'holdfast audit --tag environment=prod --fail-on high',
      says: 'in CI: exit 4 when production has a serious gap',
    },
    { line: 'holdfast audit --offline DIR --output json', says: 'from an exported bundle, as data' },
  ],
  exits: [
    '0  fine',
    '2  wrong usage or invalid guidance',
    '4  findings at or above --fail-on',
    '6  incomplete: something unknown could change a finding',
  ],
  run: async (flags, _, context) => {
    const { readAndAudit } = await import('../audit-run.ts');
    const { checkOutput, putReport } = await import('../output.ts');
    await checkOutput(flags, context);
    const { metersOf } = await import('../../core/cost/plan-cost.ts');
    const { priceOrphans } = await import('../../core/audit-estate.ts');
    const { openPrices } = await import('../prices-source.ts');
    const prices = await openPrices(flags, context);
    const { audit: unpriced, estate, guidance, connection } = await readAndAudit(flags, context);
    const waste = unpriced.orphans.map(({ cost }) => cost);
    // Prices are for what is wasted: without any, nothing is asked for.
    const result =
      waste.length === 0
        ? unpriced
        : priceOrphans(unpriced, estate, guidance, await prices(() => metersOf(waste), connection));
    await putReport(result, flags, context);
    return auditExit(result.complete, findingsOf(result), flags['fail-on']);
  },
});
