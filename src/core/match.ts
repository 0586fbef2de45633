/** Whether a class's conditions hold for a machine: yes, no, or not to be judged because a fact is not known. */
import type { Striping } from './audit.ts';
import { compileCondition, type ConditionFacts, type ConditionVariable } from './cel.ts';
import type { Machine } from './estate.ts';
import type { Fact, Unknown } from './fact.ts';
import type { ClassDefinition, Match } from './guidance.ts';
import { fold, sortedTags, type TagReading, type TagReadings } from './tags.ts';

/** A fact that is not known, by name, and why. */
export interface UnknownFact {
  readonly fact: string;
  readonly unknown: Unknown;
}

/** `text` says what decided, as part of a sentence. */
export interface Matched {
  readonly kind: 'yes' | 'no' | 'not-judged';
  readonly text: string;
  readonly unknowns: readonly UnknownFact[];
}

/** What classes are matched against. */
export interface MachineView {
  readonly machine: Machine;
  readonly striping: Striping;
  readonly tags: TagReadings;
}

/** The meaning of `dr` that says yes. */
export const requiredMeaning = 'required';

export const matchClass = (definition: ClassDefinition, view: MachineView): Matched => {
  const parts: Matched[] = [];
  if (definition.match !== undefined) {
    const alternatives = 'length' in definition.match ? definition.match : [definition.match];
    parts.push(either(alternatives.map((match) => both(conditions(match, view)))));
  }
  if (definition.when !== undefined) parts.push(judgeWhen(definition.when, view));
  return both(parts);
};

const yes = (text: string): Matched => ({ kind: 'yes', text, unknowns: [] });
const no = (text: string): Matched => ({ kind: 'no', text, unknowns: [] });

/** Every part must hold: one "no" settles it, whatever is unknown. */
const both = (parts: readonly Matched[]): Matched => {
  const refused = parts.find(({ kind }) => kind === 'no');
  if (refused) return refused;
  const open = parts.filter(({ kind }) => kind === 'not-judged');
  if (open.length > 0) return notJudged(open);
  return yes(parts.map(({ text }) => text).join(', and ') || 'it takes every machine');
};

/** Any part may hold: one "yes" settles it, whatever is unknown. */
const either = (parts: readonly Matched[]): Matched => {
  const held = parts.find(({ kind }) => kind === 'yes');
  if (held) return held;
  const open = parts.filter(({ kind }) => kind === 'not-judged');
  return open.length > 0
    ? notJudged(open)
    : no(unique(parts.map(({ text }) => text)).join('; ') || 'it names no condition');
};

const notJudged = (parts: readonly Matched[]): Matched => ({
  kind: 'not-judged',
  text: unique(parts.map(({ text }) => text)).join('; '),
  unknowns: parts.flatMap(({ unknowns }) => unknowns),
});

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

const conditions = (match: Match, view: MachineView): readonly Matched[] => {
  const { machine, striping, tags } = view;
  const found: (Matched | undefined)[] = [
    match.generalized === undefined ? undefined : isGeneralized(machine.generalized, match.generalized),
    meaning('role', tags.role, match.role),
    meaning('environment', tags.environment, match.environment),
    meaning('criticality', tags.criticality, match.criticality),
    match.disasterRecovery === undefined
      ? undefined
      : verdict(
          (tags.disasterRecovery.meaning === requiredMeaning) === match.disasterRecovery,
          drText(tags.disasterRecovery),
        ),
    factIn('os', 'the operating system', machine.os, match.os),
    factIn('power', 'the power state', machine.power, match.power),
    isStriping(striping, match.striping),
    match.dataDisks === undefined ? undefined : dataDisks(machine, match.dataDisks),
    textIn('the resource group', machine.resourceGroup, match.resourceGroups),
    textIn('the subscription', machine.subscriptionId, match.subscriptions),
    textIn(
      'the region',
      machine.location,
      match.locations?.map((location) => location.replaceAll(' ', '')),
    ),
    textIn('the security type', machine.securityType, match.securityType),
    match.tagged === undefined ? undefined : isTagged(machine, match.tagged),
    ...Object.entries(match.tags ?? {}).map(([name, values]) => tagIn(machine, name, values)),
  ];
  return found.filter((part) => part !== undefined);
};

const verdict = (holds: boolean, text: string): Matched => (holds ? yes(text) : no(text));

const unknownFact = (fact: string, what: string, unknown: Unknown): Matched => ({
  kind: 'not-judged',
  text: `${what} is not known (${unknown.detail})`,
  unknowns: [{ fact, unknown }],
});

const isGeneralized = (fact: Fact<boolean>, wanted: boolean): Matched =>
  fact.known
    ? verdict(fact.value === wanted, fact.value ? 'the machine is generalized' : 'the machine is not generalized')
    : unknownFact('generalized', 'whether the machine is generalized', fact);

const meaning = (kind: string, reading: TagReading, wanted: readonly string[] | undefined): Matched | undefined => {
  if (wanted === undefined) return undefined;
  const by = reading.tag === undefined ? '' : ` (tag ${reading.tag})`;
  return verdict(
    wanted.some((w) => fold(w) === fold(reading.meaning)),
    `${kind} is ${reading.meaning}${by}`,
  );
};

const drText = (reading: TagReading): string =>
  reading.tag === undefined
    ? 'no tag asks for disaster recovery'
    : `disaster recovery is ${reading.meaning} (tag ${reading.tag})`;

const factIn = (
  name: string,
  what: string,
  fact: Fact<string>,
  wanted: readonly string[] | undefined,
): Matched | undefined => {
  if (wanted === undefined) return undefined;
  return fact.known ? textIn(what, fact.value, wanted) : unknownFact(name, what, fact);
};

const isStriping = ({ state }: Striping, wanted: Match['striping']): Matched | undefined => {
  if (wanted === undefined) return undefined;
  if (state !== 'unknown' || wanted.includes('unknown')) return verdict(wanted.includes(state), `striping is ${state}`);
  const detail = 'whether the data disks are striped cannot be told from Azure; a striping tag would settle it';
  return unknownFact('striping', 'striping', { known: false, reason: 'not-knowable', detail });
};

const dataDiskCount = (machine: Machine): number => machine.disks.filter(({ role }) => role === 'data').length;

const dataDisks = (
  machine: Machine,
  { min = 0, max = Infinity }: { readonly min?: number; readonly max?: number },
): Matched => {
  const count = dataDiskCount(machine);
  return verdict(count >= min && count <= max, `the machine has ${count} data disk${count === 1 ? '' : 's'}`);
};

const textIn = (what: string, value: string, wanted: readonly string[] | undefined): Matched | undefined =>
  wanted === undefined
    ? undefined
    : verdict(
        wanted.some((pattern) => like(value, pattern)),
        `${what} is ${value}`,
      );

const isTagged = (machine: Machine, wanted: boolean): Matched => {
  const tagged = Object.keys(machine.tags).length > 0;
  return verdict(tagged === wanted, tagged ? 'the machine has tags' : 'the machine has no tags');
};

const tagIn = (machine: Machine, name: string, wanted: readonly string[]): Matched => {
  const values = Object.entries(machine.tags)
    .filter(([tag]) => fold(tag) === fold(name))
    .map(([, value]) => value)
    .sort();
  if (values.length === 0) return no(`there is no tag ${name}`);
  const hit = values.find((value) => wanted.some((pattern) => like(value, pattern)));
  return verdict(hit !== undefined, `tag ${name} is ${hit ?? values.join(', ')}`);
};

/** Equal regardless of case; `*` stands for any characters. Walks once, so no pattern can make it slow. */
const like = (value: string, pattern: string): boolean => {
  const text = fold(value);
  const [first = '', ...rest] = fold(pattern).split('*');
  if (rest.length === 0) return text === first;
  const last = rest.pop()!;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > text.length - last.length) return false;
    at = found + part.length;
  }
  return true;
};

const judgeWhen = (text: string, view: MachineView): Matched => {
  const compiled = compileCondition(text);
  if (!compiled.ok)
    return { kind: 'not-judged', text: `the condition "${text}" is not valid: ${compiled.message}`, unknowns: [] };
  const judged = compiled.condition.judge(conditionFacts(view));
  if (judged.kind === 'true') return yes(`"${text}" holds`);
  if (judged.kind === 'false') return no(`"${text}" does not hold`);
  const unknowns = judged.needs.flatMap((name) => unknownOf(name, view.machine));
  const because =
    unknowns.length > 0
      ? unknowns.map(({ fact, unknown }) => `${fact} is not known (${unknown.detail})`).join('; ')
      : judged.why;
  return { kind: 'not-judged', text: `"${text}" cannot be judged: ${because}`, unknowns };
};

/** The facts of a machine that may be unknown, by the name conditions use. */
const uncertain = [
  'os',
  'power',
  'generalized',
  'size',
  'architecture',
] as const satisfies readonly (ConditionVariable & keyof Machine)[];

const unknownOf = (name: ConditionVariable, machine: Machine): readonly UnknownFact[] => {
  const fact = uncertain.find((known) => known === name);
  const value = fact === undefined ? undefined : machine[fact];
  return value === undefined || value.known ? [] : [{ fact: name, unknown: value }];
};

const conditionFacts = ({ machine, striping, tags }: MachineView): ConditionFacts => ({
  name: fold(machine.name),
  resourceGroup: fold(machine.resourceGroup),
  subscription: fold(machine.subscriptionId),
  location: fold(machine.location),
  environment: fold(tags.environment.meaning),
  criticality: fold(tags.criticality.meaning),
  role: fold(tags.role.meaning),
  application: fold(tags.application ?? ''),
  disasterRecovery: tags.disasterRecovery.meaning === requiredMeaning,
  tags: Object.fromEntries(sortedTags(machine.tags).map(({ name, value }) => [fold(name), fold(value)])),
  securityType: machine.securityType,
  striping: striping.state,
  dataDisks: dataDiskCount(machine),
  spot: machine.spot,
  scaleSetMember: machine.scaleSetId !== undefined,
  ...Object.fromEntries(
    uncertain.flatMap((name) => {
      const fact = machine[name];
      return fact.known ? [[name, typeof fact.value === 'string' ? fold(fact.value) : fact.value]] : [];
    }),
  ),
});
