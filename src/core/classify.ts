/** What a machine is for: tried against the guidance's classes in order, with every reason kept for `explain`. */
import type { Striping } from './audit.ts';
import type { Machine } from './estate.ts';
import { readExclusion, type ExclusionProblem } from './exclusion.ts';
import type { Guidance } from './guidance.ts';
import { matchClass, requiredMeaning, type Matched, type UnknownFact } from './match.ts';
import { noMeaning, readTags, type TagNote, type TagReadings } from './tags.ts';
import type { Instant } from './time.ts';

export type { ExclusionProblem, TagNote, UnknownFact };

export interface Classification {
  readonly classId: string;
  readonly title: string;
  /** Key of `guidance.objectives`. */
  readonly objective: string;
  /** A meaning of the vocabulary (`production`, `dev-test`), `none` without such a tag, or `unrecognized`. */
  readonly environment: string;
  readonly application?: string;
  /** A tag asks for recovery in another region. */
  readonly disasterRecovery: boolean;
  /** A tag declares pre- and post-scripts, so that Linux backups can be application-consistent (facts B-81). */
  readonly prePostScripts: boolean;
  readonly excluded?: { readonly until: string; readonly reason: string };
  readonly exclusionProblem?: ExclusionProblem;
  /** What was tried and what decided, in that order: one sentence each. */
  readonly decidedBy: readonly Decision[];
  /** Facts that are not known and could have put the machine in another class. */
  readonly unknowns: readonly UnknownFact[];
  readonly tagNotes: readonly TagNote[];
}

export interface Decision {
  readonly about: 'tags' | 'class' | 'exclusion';
  /** The class tried, or the kind of tag read. */
  readonly rule: string;
  readonly outcome: 'matched' | 'not-matched' | 'not-judged' | 'noted';
  readonly text: string;
}

/** Never throws: whatever is odd about a machine becomes a decision, an unknown or a note. */
export const classify = (machine: Machine, guidance: Guidance, striping: Striping, asOf: Instant): Classification => {
  const tags = readTags(machine.tags, guidance.vocabulary);
  const exclusion = readExclusion(machine.tags, guidance.vocabulary.exclusion, asOf);
  const tried = tryClasses(machine, guidance, striping, tags);
  const left: readonly Decision[] =
    exclusion.text === undefined
      ? []
      : [
          {
            about: 'exclusion',
            rule: 'exclusion',
            outcome: exclusion.excluded ? 'matched' : 'not-matched',
            text: `${exclusion.text}.`,
          },
        ];
  return {
    classId: tried.classId,
    title: tried.title,
    objective: tried.objective,
    environment: tags.environment.meaning,
    ...(tags.application === undefined ? {} : { application: tags.application }),
    disasterRecovery: tags.disasterRecovery.meaning === requiredMeaning,
    prePostScripts: tags.prePostScripts.meaning === 'declared',
    ...(exclusion.excluded === undefined ? {} : { excluded: exclusion.excluded }),
    ...(exclusion.problem === undefined ? {} : { exclusionProblem: exclusion.problem }),
    decidedBy: [...tagDecisions(tags), ...tried.decisions, ...left],
    unknowns: tried.unknowns,
    tagNotes: [...tags.notes, ...exclusion.notes],
  };
};

interface Tried {
  readonly classId: string;
  readonly title: string;
  readonly objective: string;
  readonly decisions: readonly Decision[];
  readonly unknowns: readonly UnknownFact[];
}

const tryClasses = (machine: Machine, guidance: Guidance, striping: Striping, tags: TagReadings): Tried => {
  const decisions: Decision[] = [];
  const unknowns = new Map<string, UnknownFact>();
  for (const definition of guidance.classes) {
    const matched = matchClass(definition, { machine, striping, tags });
    decisions.push({
      about: 'class',
      rule: definition.id,
      outcome: outcomes[matched.kind],
      text: sentence(definition.id, matched),
    });
    if (matched.kind === 'yes') {
      const { id: classId, title, objective } = definition;
      return { classId, title, objective, decisions, unknowns: [...unknowns.values()] };
    }
    for (const unknown of matched.unknowns) unknowns.set(unknown.fact, unknown);
  }
  // Valid guidance ends with a class that takes every machine; this is what is left for guidance made by hand.
  decisions.push({
    about: 'class',
    rule: 'unclassified',
    outcome: 'matched',
    text: 'No class of the guidance takes the machine.',
  });
  const objective = guidance.classes.at(-1)?.objective ?? 'unclassified';
  return { classId: 'unclassified', title: 'Unclassified', objective, decisions, unknowns: [...unknowns.values()] };
};

const outcomes = { yes: 'matched', no: 'not-matched', 'not-judged': 'not-judged' } as const;

const sentence = (id: string, { kind, text }: Matched): string => {
  if (kind === 'yes') return `It is ${id}: ${text}.`;
  return kind === 'no' ? `It is not ${id}: ${text}.` : `It could be ${id}, which cannot be judged: ${text}.`;
};

/** What each kind of tag was taken to mean; kinds without a tag are left out, except the environment. */
const tagDecisions = (tags: TagReadings): readonly Decision[] => {
  const kinds = [
    ['environment', 'environment', tags.environment],
    ['criticality', 'criticality', tags.criticality],
    ['disaster-recovery', 'disaster recovery', tags.disasterRecovery],
    ['role', 'role', tags.role],
    ['pre-post-scripts', 'pre- and post-scripts', tags.prePostScripts],
  ] as const;
  return kinds.flatMap(([rule, title, reading]): readonly Decision[] => {
    const notes = reading.notes.map(({ text }): Decision => ({
      about: 'tags',
      rule,
      outcome: 'noted',
      text: `Note: ${text}.`,
    }));
    if (reading.meaning === noMeaning && rule !== 'environment') return notes;
    if (reading.tag === undefined) {
      const text =
        reading.meaning === noMeaning
          ? `No tag tells the ${title}.`
          : `No tag tells the ${title} in words the guidance knows.`;
      return [{ about: 'tags', rule, outcome: 'not-matched', text }, ...notes];
    }
    return [
      { about: 'tags', rule, outcome: 'matched', text: `Tag ${reading.tag} says that ${title} is ${reading.meaning}.` },
      ...notes,
    ];
  });
};
