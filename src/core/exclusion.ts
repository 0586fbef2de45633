/** The exclusion tag: a machine left out of protection on purpose, with an end and a reason (facts G-10). */
import type { AttachedDisk, Tags } from './estate.ts';
import type { Guidance, Vocabulary } from './guidance.ts';
import { fold, shown, tagsNamed, type TagNote } from './tags.ts';
import { dayMs, instantMs, type Instant } from './time.ts';

/** Why an exclusion tag does not count. `bad-date`: not `YYYY-MM-DD` nor an RFC 3339 moment. */
export type ExclusionProblem = 'no-date' | 'bad-date' | 'expired' | 'no-reason';

export interface Exclusion {
  /** Present while the exclusion counts. `until` as the tag says it; a date holds to its end in UTC. */
  readonly excluded?: { readonly until: string; readonly reason: string };
  readonly problem?: ExclusionProblem;
  /** One sentence; absent when no tag asks for exclusion. */
  readonly text?: string;
  readonly notes: readonly TagNote[];
}

export const readExclusion = (tags: Tags, vocabulary: Vocabulary['exclusion'], asOf: Instant): Exclusion => {
  const named = tagsNamed(tags, vocabulary.names);
  const known = new Set(vocabulary.values.map(fold));
  const asked = named.find(({ value }) => known.has(fold(value)));
  const notes = named
    .filter(({ value }) => !known.has(fold(value)))
    .map((tag): TagNote => ({
      code: 'unrecognized',
      tag: tag.name,
      value: tag.value,
      text: `tag ${shown(tag)} does not exclude the machine; ${vocabulary.values.join(' or ')} would`,
    }));
  if (asked === undefined) return { notes };

  const refused = (problem: ExclusionProblem, text: string): Exclusion => ({
    problem,
    text: `Tag ${shown(asked)} asks to leave the machine out, and does not count: ${text}`,
    notes,
  });
  const dates = tagsNamed(tags, vocabulary.untilNames).map(({ value }) => ({
    text: value.trim(),
    ends: endOf(value.trim()),
  }));
  if (dates.length === 0) return refused('no-date', `no tag ${vocabulary.untilNames.join(' or ')} says until when`);
  const bad = dates.find(({ ends }) => ends === undefined);
  if (bad) return refused('bad-date', `"${bad.text}" is not a date such as 2030-12-31`);
  // Where two tags give an end, the earlier one is the safer.
  const until = dates.toSorted((a, b) => a.ends! - b.ends!)[0]!;
  const now = instantMs(asOf);
  if (now === undefined || until.ends! <= now) return refused('expired', `it ended ${until.text}`);
  const reason = tagsNamed(tags, vocabulary.reasonNames)[0]?.value.trim();
  if (reason === undefined) return refused('no-reason', `no tag ${vocabulary.reasonNames.join(' or ')} says why`);
  return {
    excluded: { until: until.text, reason },
    text: `Left out of protection until ${until.text} by tag ${shown(asked)}: ${reason}`,
    notes,
  };
};

/** Whether the disk's own tag asks for its machine's backup to leave it out; a disk that was not read asks for nothing. */
export const isDiskExcluded = (
  { disk }: AttachedDisk,
  { vocabulary: { diskExclusion } }: Pick<Guidance, 'vocabulary'>,
): boolean => {
  if (diskExclusion === undefined || !disk.known) return false;
  const values = new Set(diskExclusion.values.map(fold));
  return tagsNamed(disk.value.tags, diskExclusion.names).some(({ value }) => values.has(fold(value)));
};

/** When an exclusion ends, in milliseconds: the moment, or the end of the day (UTC) of a date. */
const endOf = (text: string): number | undefined => {
  const date = /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0];
  if (date === undefined) return undefined;
  const day = Date.parse(`${date}T00:00:00Z`);
  // A day the calendar does not have rolls over, or does not parse at all.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return undefined;
  if (text === date) return day + dayMs;
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/i.test(text)
    ? instantMs(text)
    : undefined;
};
