import type { ResourceId } from '../../core/ids.ts';
import type { Problem } from '../../core/problem.ts';
import { withoutSecrets } from '../../core/secrets.ts';
import type { GoalState } from '../../engine/ports.ts';
import type { Arm } from '../ask.ts';
import { at, listAt, numberAt, textAt } from '../raw.ts';
import { readResource, type Read } from '../resource.ts';
import { holds, type ReadGoal } from './reader.ts';

export const machineGeneralized: ReadGoal<'machine-generalized'> = async (
  { arm, signal },
  { machineId },
): Promise<GoalState> => {
  const read = await readResource(arm, machineId, signal, { $expand: 'instanceView' });
  if (read.kind === 'none') return { kind: 'absent', detail: 'the machine is gone' };
  if (read.kind !== 'body') return read;
  const codes = listAt(read.body, 'properties', 'instanceView', 'statuses').map((status) =>
    textAt(status, 'code')?.toLowerCase(),
  );
  return codes.includes('osstate/generalized') ? holds(machineId) : { kind: 'absent' };
};

export const runCommandSucceeded: ReadGoal<'run-command-succeeded'> = async (
  { arm, signal },
  { resourceId },
): Promise<GoalState> => {
  const run = await readRun(arm, resourceId, signal);
  switch (run.kind) {
    case 'none':
      return { kind: 'absent' };
    case 'runs':
      return { kind: 'coming', phase: 'the script runs' };
    case 'ended':
      return run.ok ? holds(resourceId) : { kind: 'absent', detail: endText(run) };
    default:
      return run;
  }
};

interface Ended {
  readonly kind: 'ended';
  readonly ok: boolean;
  /** Azure's, lower-cased: `failed`, `timedout`, `canceled`. */
  readonly state: string;
  readonly exitCode?: number;
  /** The end of what it wrote, secrets taken out: errors, or else its output. */
  readonly said: string;
}

export type Run = Ended | { readonly kind: 'none' } | { readonly kind: 'runs' } | Exclude<Read, { kind: 'body' }>;

/** https://learn.microsoft.com/rest/api/compute/virtual-machine-run-commands/get#executionstate */
export const readRun = async (arm: Arm, resourceId: ResourceId, signal: AbortSignal): Promise<Run> => {
  const read = await readResource(arm, resourceId, signal, { $expand: 'instanceView' });
  if (read.kind !== 'body') return read;
  const view = at(read.body, 'properties', 'instanceView');
  const state = textAt(view, 'executionState')?.toLowerCase();
  const exitCode = numberAt(view, 'exitCode');
  if (state === undefined || state === 'pending' || state === 'running' || state === 'unknown') return { kind: 'runs' };
  return {
    kind: 'ended',
    ok: state === 'succeeded' && (exitCode ?? 0) === 0,
    state,
    ...(exitCode === undefined ? {} : { exitCode }),
    said: lastLines(textAt(view, 'error')) || lastLines(textAt(view, 'output')),
  };
};

const mostLines = 5;
const mostCharacters = 400;

/** Azure keeps the last 4 KB; of those, what fits a sentence. */
const lastLines = (text = ''): string =>
  withoutSecrets(text)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-mostLines)
    .join(' / ')
    .slice(-mostCharacters);

const endText = ({ state, exitCode, said }: Ended): string =>
  `the script ended ${state === 'timedout' ? 'by its timeout' : state}${exitCode === undefined ? '' : `, exit code ${exitCode}`}${said === '' ? '' : `; it said: ${said}`}`;

export const endedBadly = (subject: ResourceId, run: Ended): Problem => ({
  code: 'script-failed',
  severity: 'high',
  subject,
  summary: endText(run),
});
