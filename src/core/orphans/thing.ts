/** Something kept for a machine or disk, and what became of that. */
import type { Finding } from '../audit.ts';
import type { Stored } from '../cost/stored-cost.ts';
import { wasAskedFor, type EstateView } from '../estate-view.ts';
import { gap, gapOver, type Collected, type Gap, type Unknown } from '../fact.ts';
import { nameOf, parseId, type ResourceId, type ResourceKey } from '../ids.ts';
import type { OptionId } from '../option.ts';
import type { Severity } from '../problem.ts';
import type { Instant } from '../time.ts';

export interface Thing {
  readonly id: ResourceId;
  readonly option: OptionId;
  /** What it is, for people: `backup item, stopped with its points kept`. */
  readonly what: string;
  /** The machine it belongs to, where that can be told. */
  readonly machineKey?: ResourceKey;
  readonly fate: Fate;
  readonly overdue?: Finding;
  /** Made, softly deleted, or last written to. */
  readonly since: Instant | undefined;
  readonly sizeGiB: number | undefined;
  readonly stored: Stored;
  readonly severity?: Severity;
  readonly remedy: string;
}

/** What became of its source: there, gone (with how we know), or out of sight. */
export type Fate =
  | { readonly kind: 'there' }
  | { readonly kind: 'gone'; readonly what: string }
  | { readonly kind: 'hidden'; readonly gap: Gap };

export const there: Fate = { kind: 'there' };

export const hiddenBy = ({ reason, detail, action, scope }: Unknown): Fate => ({
  kind: 'hidden',
  gap: gap(scope ?? '/', reason, detail, action),
});

/** The fate of a machine, disk or collection by its key. Outside the scope its absence says nothing. */
export const fateOf = (
  key: ResourceKey,
  noun: string,
  exists: boolean,
  read: Collected<unknown>,
  view: EstateView,
): Fate => {
  if (exists) return there;
  const id = parseId(key);
  if (id === undefined || !wasAskedFor(view.estate, id.subscriptionId, id.resourceGroup)) return there;
  const hidden = gapOver(read, key);
  return hidden
    ? { kind: 'hidden', gap: hidden }
    : { kind: 'gone', what: `${noun} ${nameOf(key)} is not there any more` };
};

export const machineFate = (key: ResourceKey, view: EstateView): Fate =>
  fateOf(key, 'machine', view.machines.has(key), view.estate.machines, view);
