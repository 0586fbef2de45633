/** Every fault that Azure or the way to it can meet an apply with, and what comes of it. docs/faults.md is this list. */
import { defaultThrottleMs } from '../../src/azure/failure.ts';
import type { FaultName } from '../../src/simulator/faults.ts';

/**
 * `retried`: asked again after a while, and done. `waited for`: Azure says when, and it is done then. `asked about`: what became of
 * the write is found out first, and it is done once. `failed`, `in doubt`: the step ends so, says why, and its dependants wait.
 */
export type Came =
  | 'retried'
  | 'waited for'
  | 'asked about'
  | 'followed by its goal'
  | 'logged in anew'
  | 'failed'
  | 'in doubt'
  | 'moved'
  | 'refused';

export interface ListedFault {
  readonly fault: FaultName;
  readonly shown: string;
  readonly came: Came;
  readonly told: string;
  /** Only writes, those that begin an operation, or those that begin a copy elsewhere can meet it; absent: any request can. */
  readonly on?: 'write' | 'operation' | 'copy';
}

/** How the step that a fault struck may end, and nothing else. */
export interface Ending {
  readonly outcome: 'failed' | 'in-doubt' | 'done';
  /** What its detail must match; absent: it needs to say nothing. */
  readonly says?: RegExp;
  /** Done, and told as not wholly read: the exit is 6. */
  readonly unread?: true;
  /** Where it ends so; absent: everywhere else. */
  readonly at?: (struck: { readonly method: string; readonly path: string; readonly scenario: string }) => boolean;
  /** Of an exception: the words of `told` that document it. */
  readonly words?: string;
}

export interface EndingFault extends ListedFault {
  /** The first is what `came` says. */
  readonly endings: readonly Ending[];
}

/** Where an operation, or the job that it became, is asked about. */
const operation = /\/(?:\w*operations?(?:results?|status(?:es)?)?|backupjobs|replicationjobs)\/[^/]+$/i;

/** Action and scope: a resource's, a group's, or of a list the subscription's own. */
const denied = String.raw`AuthorizationFailed: .*authorization to perform action '[\w.]+(?:/\w+)+' over scope '/subscriptions/[^/']+(?:/(?:resourceGroups|providers)/[^']+)?'`;

/** These pass: the plan is carried out as if nothing had happened, and no write is taken twice. */
export const passing: readonly ListedFault[] = [
  {
    fault: 'throttled',
    shown: '429 with a `Retry-After` of seconds',
    came: 'waited for',
    told: 'The lane stays shut for that long, for every step that would use it.',
  },
  {
    fault: 'throttled-long',
    shown: '429 with a `Retry-After` of 1,200 s',
    came: 'waited for',
    told: 'As above; the wait is shown with its reason and its end.',
  },
  {
    fault: 'throttled-without-header',
    shown: '429 without `Retry-After`',
    came: 'waited for',
    told: `The seconds in the message, else ${defaultThrottleMs / 1000} s.`,
  },
  {
    fault: 'throttled-by-compute',
    shown: "429 `OperationNotAllowed` with `TooManyRequests` nested in its details (Compute's)",
    came: 'waited for',
    told: 'Known by the nested code; the bucket it names is shown.',
  },
  {
    fault: 'token-expired',
    shown: '401 `ExpiredAuthenticationToken` in the middle of the run',
    came: 'logged in anew',
    told: 'The same request is sent once more with a new token: Azure did nothing with the first.',
  },
  {
    fault: 'busy',
    shown: '409 `AnotherOperationInProgress`, `ConflictingUserOperation` and their like',
    came: 'waited for',
    told: 'Looked at again every 15 s, for 2 h at most.',
  },
  {
    fault: 'internal-error',
    shown: '500',
    came: 'retried',
    told: 'A read is asked again; a write is asked about, as a lost one.',
  },
  { fault: 'bad-gateway', shown: '502', came: 'retried', told: 'As 500.' },
  { fault: 'unavailable', shown: '503', came: 'retried', told: 'As 500, not before its `Retry-After`.' },
  { fault: 'gateway-timeout', shown: '504', came: 'retried', told: 'As 500.' },
  {
    fault: 'reset-before',
    shown: 'connection lost before Azure took the write',
    came: 'asked about',
    told: 'A repeatable write goes out again after seconds; a restore point or a script after 6 min of absence; a backup now ends in doubt.',
  },
  {
    fault: 'reset-after',
    shown: 'connection lost after Azure took the write',
    came: 'asked about',
    told: 'Found by its goal, its operation or its job, and followed.',
  },
  {
    fault: 'truncated',
    shown: 'an answer that ends in the middle',
    came: 'asked about',
    told: 'As a lost one, whatever its status.',
  },
  { fault: 'slow', shown: 'a slow answer', came: 'waited for', told: 'For 2 min, then as a lost one.' },
];

/** These end the step that they strike. */
export const ending: readonly EndingFault[] = [
  {
    fault: 'operation-fails',
    shown: 'an operation that fails at its end',
    came: 'failed',
    told: "With Azure's code and words; a script, with its exit code.",
    endings: [
      {
        outcome: 'failed',
        says: /^(?:the operation failed|Azure refused): InternalExecutionError: .*An internal exec/,
      },
      {
        outcome: 'failed',
        says: /^the script ended failed, exit code -?\d+/,
        at: ({ method, path }) => method === 'PUT' && path.includes('/runcommands/'),
        words: 'a script, with its exit code',
      },
    ],
    on: 'operation',
  },
  {
    fault: 'operation-vanishes',
    shown: 'an operation that nobody knows any more (404)',
    came: 'followed by its goal',
    told: 'Done where the goal is reached; in doubt where it never shows.',
    // The exception takes a world in which nothing shows, and has a case of its own.
    endings: [{ outcome: 'done' }],
    on: 'operation',
  },
  {
    fault: 'operation-never-ends',
    shown: 'an operation that never ends',
    came: 'in doubt',
    told: 'After 24 h; applying again follows it on.',
    endings: [
      { outcome: 'in-doubt', says: /^the operation still runs after 24 h; apply the plan again to follow it$/ },
    ],
    on: 'operation',
  },
  {
    fault: 'copy-fails',
    shown: 'a copy into another region that fails at 90 %',
    came: 'failed',
    told: "With Azure's words. A job's copy is done once it is begun, and a later run of the job deletes it and begins it again.",
    endings: [
      {
        outcome: 'failed',
        says: /^(?:the operation ended well, but its goal is not reached: its copy failed: Error: The source snapshot is not found|the operation failed: InternalExecutionError: )/,
      },
      {
        outcome: 'done',
        at: ({ scenario }) => scenario === 'a copy of a job, begun again where it had failed',
        words: "A job's copy is done once it is begun",
      },
    ],
    on: 'copy',
  },
  {
    fault: 'forbidden',
    shown: '403 in the middle of the run',
    came: 'failed',
    told: 'Names the action and the scope; nothing was written, or it says that this cannot be told. Where only its operation may not be read, its goal is watched: reached, it is done, says so, and the exit is 6; else in doubt. Where only the consistency of a point may not be read, the step is done and says so.',
    endings: [
      { outcome: 'failed', says: new RegExp(`^The login may not do this: ${denied}`, 'i') },
      {
        outcome: 'done',
        unread: true,
        says: new RegExp(`^The login may not do this: ${denied}.*; that it is done was seen all the same$`, 'i'),
        at: ({ path }) => operation.test(path),
        words: 'Where only its operation may not be read, its goal is watched: reached, it is done, says so',
      },
      {
        outcome: 'done',
        says: new RegExp(`^which consistency it has was not told: ${denied}`, 'i'),
        at: ({ path }) => /\/recoverypoints$/i.test(path),
        words: 'Where only the consistency of a point may not be read, the step is done and says so',
      },
    ],
  },
  {
    fault: 'locked',
    shown: '409 `ScopeLocked`',
    came: 'failed',
    told: 'Names the lock.',
    endings: [{ outcome: 'failed', says: /^Azure refused: ScopeLocked: .*locks\/held'/ }],
    on: 'write',
  },
  {
    fault: 'quota-exceeded',
    shown: 'a quota that is used up',
    came: 'failed',
    told: "With Azure's words.",
    endings: [{ outcome: 'failed', says: /^Azure refused: QuotaExceeded: .*exceeding approved quota/ }],
    on: 'write',
  },
];

/** What is found otherwise than the plan saw it, each shown by a case of its own in faults.test.ts. */
export const others: readonly {
  readonly shown: string;
  readonly came: Came;
  readonly told: string;
  readonly case: string;
}[] = [
  {
    shown: 'a machine made again, or changed, by somebody else between plan and apply',
    came: 'moved',
    told: 'Says what moved; nothing is written for it, and the rest goes on.',
    case: 'a machine that was made again',
  },
  {
    shown: 'a machine that somebody stopped between plan and apply',
    came: 'moved',
    told: 'It is not started either: it was not this plan that stopped it.',
    case: 'a machine that somebody stopped',
  },
  {
    shown: 'what the plan makes, made by somebody else meanwhile',
    came: 'moved',
    told: 'Names what is there.',
    case: 'a snapshot that somebody else took',
  },
  {
    shown: 'a soft-deleted backup where a live one was',
    came: 'moved',
    told: 'Says so; `protect --undelete` brings it back.',
    case: 'a backup that somebody deleted softly',
  },
  {
    shown: 'a scheduled backup that begins as one is asked for (`UserErrorBackupOperationInProgress`)',
    came: 'waited for',
    told: 'It makes the point that was asked for: done already when it ends, and no second one is sent.',
    case: 'a backup already under way',
  },
  {
    shown: 'reads that lag writes (lists by up to 5 min)',
    came: 'asked about',
    told: '"Not there" is believed when it has been true for 6 min since the write was intended.',
    case: 'lists that lag',
  },
];
