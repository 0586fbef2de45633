/** What a machine's tags mean in the guidance's vocabulary. Letter case never matters (facts G-01). */
import type { Tags } from './estate.ts';
import type { TagValues, Vocabulary } from './guidance.ts';

/** Known to the vocabulary and without meaning: `tier: web` is no criticality. */
export const ignoredMeaning = 'ignored';
/** No tag of this kind. */
export const noMeaning = 'none';
/** A tag of this kind whose value the vocabulary does not hold. */
export const unrecognizedMeaning = 'unrecognized';

export type TagNoteCode = 'case-folded' | 'unrecognized' | 'conflict';

/** Something to report about a tag that decided, or should have. */
export interface TagNote {
  readonly code: TagNoteCode;
  readonly tag: string;
  readonly value: string;
  readonly text: string;
}

/** What the tags of one kind say. */
export interface TagReading {
  /** A meaning of the vocabulary, `none` or `unrecognized`. */
  readonly meaning: string;
  /** The tag that decided, as spelled: `env=Prod`. */
  readonly tag?: string;
  readonly notes: readonly TagNote[];
}

export interface TagReadings {
  readonly environment: TagReading;
  readonly criticality: TagReading;
  readonly disasterRecovery: TagReading;
  readonly striping: TagReading;
  readonly role: TagReading;
  readonly prePostScripts: TagReading;
  readonly application?: string;
  readonly notes: readonly TagNote[];
}

/** Case-folded and trimmed. To lower, upper and lower case, so that letters with two forms of either (ς, ß and ẞ) fold alike. */
export const fold = (text: string): string => text.toLowerCase().toUpperCase().toLowerCase().trim();

interface Tag {
  readonly name: string;
  readonly value: string;
}

/** Tags in an order that does not depend on the order Azure returned them in. */
export const sortedTags = (tags: Tags): readonly Tag[] =>
  Object.entries(tags)
    .map(([name, value]) => ({ name, value }))
    .sort(
      (a, b) =>
        compare(fold(a.name), fold(b.name)) || compare(fold(a.value), fold(b.value)) || compare(a.value, b.value),
    );

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Tags of any of these names, in the order of the names; empty values say nothing. */
export const tagsNamed = (tags: Tags, names: readonly string[]): readonly Tag[] => {
  const all = sortedTags(tags).filter((tag) => fold(tag.value) !== '');
  return [...new Set(names.map(fold))].flatMap((name) => all.filter((tag) => fold(tag.name) === name));
};

export const readTags = (tags: Tags, vocabulary: Vocabulary): TagReadings => {
  const environment = readMeaning(tags, vocabulary.environment);
  const criticality = readMeaning(tags, vocabulary.criticality);
  const disasterRecovery = readMeaning(tags, vocabulary.disasterRecovery);
  const striping = readMeaning(tags, vocabulary.striping);
  const role = readMeaning(tags, vocabulary.role);
  const prePostScripts = readMeaning(tags, vocabulary.prePostScripts);
  const application = tagsNamed(tags, vocabulary.application.names)[0]?.value.trim();
  return {
    environment,
    criticality,
    disasterRecovery,
    striping,
    role,
    prePostScripts,
    ...(application === undefined ? {} : { application }),
    notes: [environment, criticality, disasterRecovery, striping, role, prePostScripts].flatMap((r) => r.notes),
  };
};

/** Reads every tag of a kind; where they disagree, the meaning the vocabulary lists first (the safest) wins. */
export const readMeaning = (tags: Tags, kind: TagValues): TagReading => {
  const found = tagsNamed(tags, kind.names).map((tag) => ({ tag, match: meaningOf(tag.value, kind) }));
  const notes: TagNote[] = [];
  for (const { tag, match } of found) {
    if (match === undefined) {
      notes.push(
        note(
          'unrecognized',
          tag,
          `tag ${shown(tag)}: the vocabulary has no such value; known are ${knownValues(kind)}`,
        ),
      );
    } else if (!match.exact && match.meaning !== ignoredMeaning) {
      notes.push(
        note(
          'case-folded',
          tag,
          `tag ${shown(tag)} was read as "${fold(tag.value)}" (${match.meaning}), regardless of case`,
        ),
      );
    }
  }
  const order = Object.keys(kind.values);
  const meant = found
    .filter(({ match }) => match !== undefined && match.meaning !== ignoredMeaning)
    .map(({ tag, match }) => ({ tag, meaning: match!.meaning }))
    .sort((a, b) => order.indexOf(a.meaning) - order.indexOf(b.meaning));
  const [decided] = meant;
  if (decided === undefined) {
    return { meaning: notes.length > 0 ? unrecognizedMeaning : noMeaning, notes };
  }
  for (const other of meant.filter(({ meaning }) => meaning !== decided.meaning)) {
    notes.push(
      note(
        'conflict',
        other.tag,
        `tags disagree: ${shown(decided.tag)} says ${decided.meaning}, ${shown(other.tag)} says ${other.meaning}; ` +
          `the safer one, ${decided.meaning}, is used`,
      ),
    );
  }
  return { meaning: decided.meaning, tag: shown(decided.tag), notes };
};

/** The first meaning that lists the value, so a value listed twice has the safer one. */
const meaningOf = (value: string, kind: TagValues): { meaning: string; exact: boolean } | undefined => {
  for (const [meaning, values] of Object.entries(kind.values)) {
    if (values.some((v) => fold(v) === fold(value))) return { meaning, exact: values.includes(value) };
  }
  return undefined;
};

const knownValues = (kind: TagValues): string =>
  Object.entries(kind.values)
    .filter(([meaning]) => meaning !== ignoredMeaning)
    .flatMap(([, values]) => values)
    .join(', ');

const note = (code: TagNoteCode, tag: Tag, text: string): TagNote => ({ code, tag: tag.name, value: tag.value, text });

export const shown = (tag: Tag): string => `${tag.name}=${tag.value}`;
