import { defineCommand } from '../command.ts';
import { auditExit } from '../audit-exit.ts';
import { failOnFlag, guidanceFlag, outputFlags, pricesFlag, scopeFlags, sourceFlags } from '../flags.ts';
import type { PriceBook } from '../../core/cost/price-book.ts';
import { keyOf } from '../../core/ids.ts';

export const explain = defineCommand({
  name: 'explain',
  summary: 'Tell, in order, what decided about one machine.',
  description:
    'Class, striping, every option with its reasons and sources, what each would cost, what protects the machine now, what a plan would do for it or why not, and what to do next.',
  positionals: [{ name: 'vm', describe: 'Name or resource id of the machine' }],
  flags: {
    ...scopeFlags,
    ...guidanceFlag,
    ...sourceFlags,
    ...pricesFlag,
    output: { ...outputFlags.output, choices: ['table', 'json'], describe: 'Sentences for people, or data' },
    'output-file': outputFlags['output-file'],
    debug: outputFlags.debug,
    ...failOnFlag,
  },
  examples: [{ line: 'holdfast explain web01 --resource-group shop', says: 'why web01 is judged as it is' }],
  exits: [
    '0  fine',
    '2  no such machine, or several of that name',
    '4  a finding of this machine at or above --fail-on',
    '6  incomplete: something unknown could change what is said',
  ],
  run: async (flags, { vm = '' }, context) => {
    const { readAndAudit } = await import('../audit-run.ts');
    const { checkOutput, putText } = await import('../output.ts');
    await checkOutput(flags, context);
    const { explainMachine } = await import('../../core/explain.ts');
    const { theMachine } = await import('../one-machine.ts');
    const { explainText } = await import('../../report/explain-text.ts');
    const { metersOf } = await import('../../core/cost/plan-cost.ts');
    const { machineCosts } = await import('../../core/cost/machine-costs.ts');
    const { openPrices } = await import('../prices-source.ts');
    const { planOver } = await import('../plan-run.ts');
    const { draftProtect } = await import('../../core/plan-protect.ts');
    const prices = await openPrices(flags, context);
    const audited = await readAndAudit(flags, context);
    const { estate, audit, guidance, asOf, connection } = audited;
    const machine = theMachine(estate, vm);
    const own = audit.machines.find((m) => keyOf(m.id) === machine.key);
    // As `plan` would make it, Azure's own checks included, but of this machine alone.
    const alone = { ...audited, audit: { ...audit, machines: own === undefined ? [] : [own] } };
    const { plan, unasked } = await planOver(
      alone,
      draftProtect,
      { ...flags, 'first-backup': undefined, 'max-changes': undefined, 'max-deletes': undefined },
      context,
      prices,
    );
    const costs = (book: PriceBook) => machineCosts({ estate, guidance, asOf }, machine.id, book);
    const book = await prices((nothing) => metersOf(costs(nothing).map(({ cost }) => cost)), connection);
    const explanation = explainMachine(
      estate,
      guidance,
      asOf,
      machine.id,
      { book, options: costs(book) },
      { ...plan, unasked },
    );
    if (explanation === undefined) throw new Error(`${machine.id} was read but not judged`);
    const { width } = context.terminal;
    const colour = context.terminal.colour && flags['output-file'] === undefined;
    await putText(
      flags.output === 'json'
        ? `${JSON.stringify(explanation, null, 2)}\n`
        : explainText(explanation, { width, colour }),
      flags,
      context,
    );
    const doubtful = audit.unknowns.some((u) => u.matters && keyOf(u.subject) === machine.key);
    const complete = !doubtful && !own?.findings.some((f) => f.code === 'unknown');
    return auditExit(complete, own?.findings ?? [], flags['fail-on']);
  },
});
