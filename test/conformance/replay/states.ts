import type { Answered } from './compare.ts';
import { isObject } from './recording.ts';

/** States in which an operation, a job or a resource is still under way. */
const pending =
  /^(?:InProgress|Running|Accepted|Creating|Updating|Deleting|Provisioning|NotStarted|Pending|Cancelling|202)$/i;

/** The state that an answer to a poll tells; `undefined` where it tells none. */
export function stateOf({ status, body }: Pick<Answered, 'status' | 'body'>): string | undefined {
  if (status === 202) return '202';
  if (status >= 400) return String(status);
  if (body === undefined) return 'done';
  if (!isObject(body)) return undefined;
  const properties = isObject(body['properties']) ? body['properties'] : {};
  const told = body['status'] ?? properties['status'] ?? properties['provisioningState'];
  return typeof told === 'string' ? told : undefined;
}

export function isPending(state: string | undefined): boolean {
  return state !== undefined && pending.test(state);
}

/** Collects the states of each polled thing on both sides, repeats folded. */
export class StateSequences {
  readonly #seen = new Map<string, { title: string; recorded: string[]; simulated: string[]; polls: number }>();

  note(key: string, title: string, recorded: string | undefined, simulated: readonly (string | undefined)[]): void {
    const entry = this.#seen.get(key) ?? { title, recorded: [], simulated: [], polls: 0 };
    entry.polls += 1;
    append(entry.recorded, recorded);
    for (const state of simulated) append(entry.simulated, state);
    this.#seen.set(key, entry);
  }

  /** Things asked about at least twice whose states differ, and how many there were. */
  result(): { readonly things: number; readonly different: readonly string[] } {
    const polled = [...this.#seen.values()].filter(({ polls }) => polls > 1);
    return {
      things: polled.length,
      different: polled
        .filter(({ recorded, simulated }) => !alike(recorded, simulated))
        .map(
          ({ title, recorded, simulated }) =>
            `${title}: recorded ${recorded.join(' → ')}, simulator ${simulated.join(' → ')}`,
        ),
    };
  }
}

/** Equal, or equal but for pending states that one side came too late to see. */
function alike(a: readonly string[], b: readonly string[]): boolean {
  if (a.join() === b.join()) return true;
  const within = (short: readonly string[], long: readonly string[]): boolean => {
    const left = [...short];
    return (
      long.every((state) => (left[0] === state ? left.shift() !== undefined : isPending(state))) && left.length === 0
    );
  };
  return within(a, b) || within(b, a);
}

function append(states: string[], state: string | undefined): void {
  if (state !== undefined && states.at(-1) !== state) states.push(state);
}
