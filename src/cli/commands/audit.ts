import { defineCommand } from '../command.ts';
import { auditExit, findingsOf } from '../audit-exit.ts';
import { worst } from '../exit.ts';
import { failOnFlag, guidanceFlag, outputFlags, pricesFlag, scopeFlags, sourceFlags, stateFlags } from '../flags.ts';

export const audit = defineCommand({
  name: 'audit',
  summary: 'Compare what protects each machine with what it needs.',
  description: [
    'Reads the fleet, classifies each machine by the guidance, judges all six options against it, and lists the gaps.',
    'What could not be read is reported as unknown, never as unprotected, and makes the exit code 6.',
    'Protection without a machine is listed with what it costs a month.',
    'With --baseline it also tells what is new, gone, better and worse since an earlier audit; what only went out of sight is not called gone.',
    'An audit of Azure as it is now is recorded in the history, where that can be written.',
  ].join('\n'),
  flags: {
    ...scopeFlags,
    ...guidanceFlag,
    ...sourceFlags,
    ...pricesFlag,
    baseline: {
      type: 'string',
      value: 'FILE|last',
      group: 'Baseline',
      describe: 'Compare with an audit written as JSON, or with the last one of the same scope in the history',
    },
    'fail-on-new': {
      ...failOnFlag['fail-on'],
      group: 'Baseline',
      describe: 'Exit 4 when a finding at least this severe is not in the baseline, or was milder there',
    },
    ...stateFlags,
    ...outputFlags,
    ...failOnFlag,
  },
  examples: [
    { line: 'holdfast audit', says: 'every machine the login can see' },
    {
      line: 'holdfast audit --tag environment=prod --fail-on high',
      says: 'in CI: exit 4 when production has a serious gap',
    },
    { line: 'holdfast audit --offline DIR --output json', says: 'from an exported bundle, as data' },
    { line: 'holdfast audit --baseline last', says: 'what changed since the audit before this one' },
    {
      line: 'holdfast audit --baseline main.json --fail-on-new high',
      says: 'in CI: old gaps do not fail, new ones do',
    },
  ],
  exits: [
    '0  fine',
    '2  wrong usage, invalid guidance or an invalid baseline',
    '4  findings at or above --fail-on, or new ones at or above --fail-on-new',
    '6  incomplete: something unknown could change a finding',
  ],
  run: async (flags, _, context) => {
    const { readAndAudit } = await import('../audit-run.ts');
    const { judgeByBaseline, readBaseline } = await import('../audit-baseline.ts');
    const { checkOutput, putReport } = await import('../output.ts');
    await checkOutput(flags, context);
    const baseline = await readBaseline(flags, context);
    const { metersOf } = await import('../../core/cost/plan-cost.ts');
    const { priceOrphans } = await import('../../core/audit-estate.ts');
    const { openPrices } = await import('../prices-source.ts');
    const prices = await openPrices(flags, context);
    const { audit: unpriced, estate, guidance, connection } = await readAndAudit(flags, context);
    const waste = unpriced.orphans.map(({ cost }) => cost);
    // Prices are for what is wasted: without any, nothing is asked for.
    const priced =
      waste.length === 0
        ? unpriced
        : priceOrphans(unpriced, estate, guidance, await prices(() => metersOf(waste), connection));
    const read = { audit: priced, estate, guidance, cloud: connection?.cloud.name };
    const { audit: result, isNew } = await judgeByBaseline(read, baseline, flags, context);
    await putReport(result, flags, context);
    const whole = auditExit(result.complete, findingsOf(result), flags['fail-on']);
    return worst([whole, auditExit(true, isNew, flags['fail-on-new'])]);
  },
});
