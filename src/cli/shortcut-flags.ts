/** What every shortcut takes and gives; apart from shortcut-run.ts, so that `--help` loads nothing of Azure. */
import type { FlagSpecs } from './command.ts';
import { guidanceFlag, logFlag, outputFlags, scopeFlags, sourceFlags, writeFlags } from './flags.ts';

const { lease, ...unleased } = writeFlags;

/** Of commands that are given ids: nothing selects machines, and none of them is worked on. */
export const idFlags = {
  subscription: scopeFlags.subscription,
  ...guidanceFlag,
  cloud: sourceFlags.cloud,
  source: sourceFlags.source,
  concurrency: sourceFlags.concurrency,
  output: { ...outputFlags.output, choices: ['table', 'json', 'ndjson', 'csv'] },
  'output-file': outputFlags['output-file'],
  debug: outputFlags.debug,
  ...logFlag,
  'plan-file': {
    type: 'string',
    value: 'P',
    group: 'Output',
    describe:
      'Keep the plan there, its summary in P.md and its journal beside it (default: holdfast-VERB-DIGEST.json here)',
  },
  ...unleased,
} as const satisfies FlagSpecs;

/** What every shortcut takes beside its own flags. */
export const shortcutFlags = { ...scopeFlags, ...idFlags, lease } as const satisfies FlagSpecs;

/** Machines by name, or as the selectors leave them. */
export const namedOrSelected = {
  name: 'vm',
  describe: 'Names or resource ids of machines; none: those that the selectors leave',
  optional: true,
  variadic: true,
} as const;

export const shortcutExits = [
  '0  done, or nothing was left to do',
  '1  refused or failed, wholly',
  '2  wrong usage, no such machine, or no consent; a plan that was made stays in its file',
  '3  done for some; what was refused or failed is told',
  '5  over --max-changes or --max-deletes: nothing was written',
  '6  incomplete: something could not be read, or what was done cannot be told for certain',
];
