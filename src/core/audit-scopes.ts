/** How far two audits looked at the same: what one of them was not asked for is in neither's changes. */
import type { AuditSelection } from './audit.ts';
import type { ComparedAudit } from './history/compared-audit.ts';
import { subscriptionOf, type ResourceId } from './ids.ts';
import { counted } from './duration.ts';

export interface Scopes {
  /** Both were to look at this place. */
  covers(id: ResourceId): boolean;
  /** Where both looked, both would have found it: what only one of them holds came or went. */
  readonly whole: boolean;
  readonly notes: readonly string[];
}

export const scopesOf = (baseline: ComparedAudit, now: ComparedAudit): Scopes => ({
  ...coverOf(baseline, now),
  notes: [...coverOf(baseline, now).notes, ...judgedOtherwise(baseline, now)],
});

const coverOf = (baseline: ComparedAudit, now: ComparedAudit): Scopes => {
  const [was, is] = [toldBy(baseline), toldBy(now)];
  const everything = { covers: () => true, whole: true, notes: [] };
  if (was === undefined || is === undefined) {
    if (baseline.scope === now.scope) return everything;
    return { covers: () => true, whole: false, notes: [otherScope(baseline, now, inBoth)] };
  }
  if (filters(was) !== filters(is))
    return { covers: () => true, whole: false, notes: [otherScope(baseline, now, inBoth)] };
  const [before, after] = [folded(was.subscriptions), folded(is.subscriptions)];
  const shared = before.intersection(after);
  if (shared.size === before.size && shared.size === after.size) return everything;
  return {
    covers: (id) => shared.has(subscriptionOf(id)),
    whole: true,
    notes: [
      otherScope(
        baseline,
        now,
        `only the ${counted(shared.size, 'subscription')} that both read ${shared.size === 1 ? 'is' : 'are'} compared`,
      ),
    ],
  };
};

/** A bundle that was not exported by holdfast does not tell what was read: its words are all that there is. */
const toldBy = ({ selection }: ComparedAudit): AuditSelection | undefined =>
  selection === undefined || selection.subscriptions.length === 0 ? undefined : selection;

const inBoth = 'only what both hold is compared, and nothing is called new or gone with its machine';

const otherScope = (baseline: ComparedAudit, now: ComparedAudit, what: string): string =>
  baseline.scope === now.scope
    ? `the baseline was asked for otherwise: ${what}`
    : `the baseline is of another scope (${baseline.scope}; now ${now.scope}): ${what}`;

/** In one spelling: names of groups and tags have no case, and their order says nothing. */
const filters = ({ resourceGroups, tags, excludeTags }: AuditSelection): string =>
  JSON.stringify([resourceGroups, tags, excludeTags].map((list) => [...folded(list)].sort()));

const folded = (list: readonly string[]): ReadonlySet<string> => new Set(list.map((text) => text.toLowerCase()));

const judgedOtherwise = (baseline: ComparedAudit, now: ComparedAudit): readonly string[] => {
  const notes: string[] = [];
  if (baseline.guidance === undefined || now.guidance === undefined) {
    if (baseline.guidance !== now.guidance)
      notes.push('the baseline does not tell which guidance it was judged by: a change may be one of guidance');
  } else if (baseline.guidance.digest !== now.guidance.digest) {
    notes.push(
      `the baseline was judged by another guidance (${baseline.guidance.name}; now ${now.guidance.name}): a change may be one of guidance`,
    );
  }
  return notes;
};
