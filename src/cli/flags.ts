/** The flags that several commands share, each spelled once. */
import type { FlagSpecs } from './command.ts';
import { historyFlag } from './history-place.ts';
import { stateDirFlag } from './state-dir.ts';

export const scopeFlags = {
  subscription: {
    type: 'string',
    repeatable: true,
    value: 'ID',
    group: 'Scope',
    describe: 'Subscription to read; may be repeated (default: every one the login can see)',
  },
  'management-group': {
    type: 'string',
    value: 'ID',
    group: 'Scope',
    describe: 'Every subscription under this management group',
  },
  'resource-group': {
    type: 'string',
    repeatable: true,
    value: 'NAME',
    group: 'Scope',
    describe: 'Only machines in this resource group',
  },
  tag: {
    type: 'string',
    repeatable: true,
    value: 'K=V[,V2]',
    group: 'Scope',
    describe: 'Only machines with this tag; repeated flags must all hold, a comma means or',
  },
  'exclude-tag': {
    type: 'string',
    repeatable: true,
    value: 'K[=V]',
    group: 'Scope',
    describe: 'Leave out machines with this tag',
  },
} as const satisfies FlagSpecs;

export const sourceFlags = {
  cloud: {
    type: 'string',
    value: 'NAME|FILE',
    group: 'Source',
    describe: 'AzurePublic, AzureUSGovernment, AzureChina or a cloud file (or HOLDFAST_CLOUD)',
  },
  offline: { type: 'string', value: 'DIR', group: 'Source', describe: 'Read an exported bundle instead of Azure' },
  source: {
    type: 'string',
    choices: ['auto', 'graph', 'arm'],
    default: 'auto',
    group: 'Source',
    describe: 'Read through Resource Graph, or through list calls, or whichever answers',
  },
  deep: {
    type: 'boolean',
    group: 'Source',
    describe: 'Also read recovery points, one call per protected or replicated item',
  },
  concurrency: {
    type: 'number',
    default: 8,
    least: 1,
    value: 'N',
    group: 'Source',
    describe: 'Requests in flight at most',
  },
  'as-of': { type: 'string', value: 'RFC3339', group: 'Source', describe: 'Judge as if it were this moment' },
} as const satisfies FlagSpecs;

export const guidanceFlag = {
  config: {
    type: 'string',
    value: 'FILE',
    group: 'Guidance',
    describe: 'Guidance to judge by (default: the shipped guidance.yaml)',
  },
} as const satisfies FlagSpecs;

export const pricesFlag = {
  prices: {
    type: 'string',
    value: 'live|FILE',
    group: 'Guidance',
    describe: "Reckon costs with Azure's price list of today, or with a price table (default: the shipped, dated one)",
  },
} as const satisfies FlagSpecs;

export const outputFlags = {
  output: {
    type: 'string',
    choices: ['table', 'json', 'ndjson', 'csv'],
    default: 'table',
    group: 'Output',
    describe: 'Format of the data on standard output',
  },
  'output-file': {
    type: 'string',
    value: 'FILE',
    group: 'Output',
    describe: 'Write the data there instead (atomically, readable by you only)',
  },
  debug: { type: 'boolean', group: 'Output', describe: 'Log requests to standard error, without secrets' },
} as const satisfies FlagSpecs;

export const failOnFlag = {
  'fail-on': {
    type: 'string',
    choices: ['critical', 'high', 'medium', 'low'],
    group: 'Output',
    describe: 'Exit 4 when a finding is at least this severe',
  },
} as const satisfies FlagSpecs;

/** What is kept from one run to the next. */
export const stateFlags = { ...stateDirFlag, ...historyFlag } as const satisfies FlagSpecs;

export const writeFlags = {
  yes: { type: 'boolean', group: 'Consent', describe: 'Do not ask; required where there is no terminal' },
  allow: {
    type: 'string',
    repeatable: true,
    value: 'STEP-ID|all-destructive',
    group: 'Consent',
    describe: 'Consent to a destructive step; may be repeated',
  },
  'max-changes': {
    type: 'number',
    value: 'N',
    group: 'Consent',
    describe: 'Refuse when more writes than this would be made',
  },
  'max-deletes': {
    type: 'string',
    value: 'N|P%',
    group: 'Consent',
    describe: 'Refuse when more would be deleted than this',
  },
  lease: {
    type: 'string',
    choices: ['best-effort', 'require', 'none'],
    default: 'best-effort',
    group: 'Consent',
    describe:
      'Mark machines with a tag that keeps other runs away (2 writes each); what to do where that is not allowed',
  },
  ...stateFlags,
} as const satisfies FlagSpecs;

/** How a job tells of itself, docs/jobs.md. */
export const tellingFlags = {
  'metrics-file': {
    type: 'string',
    value: 'FILE.prom',
    group: 'Output',
    describe: "run: write Prometheus metrics there, for node_exporter's textfile collector (new: readable by anybody)",
  },
  'notify-test': {
    type: 'boolean',
    group: 'Output',
    describe: 'check: send a test message to every receiver of the job',
  },
} as const satisfies FlagSpecs;

/** Of every command that writes. `main` reads it from the raw command line, so that complaints about that are JSON too. */
export const logFlag = {
  log: {
    type: 'string',
    choices: ['text', 'json'],
    default: 'text',
    group: 'Output',
    describe: 'What standard error gets: words, or a JSON object a line, with run and correlation ids',
  },
} as const satisfies FlagSpecs;
