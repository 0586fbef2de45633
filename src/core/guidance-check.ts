/** What a schema cannot say of a guidance: names that refer to nothing, classes never reached, invalid conditions. */
import { brokenLimits, type PolicyField } from './backup-policy-limits.ts';
import { compileCondition } from './cel.ts';
import type { FileIssue } from './file-issue.ts';
import type { ClassDefinition, Guidance, Match, TagValues } from './guidance.ts';
import { requiredMeaning } from './match.ts';
import type { BackupPolicyInput } from './steps/backup.ts';
import { notStripedMeaning, stripedMeaning, stripingSignals } from './striping.ts';
import { fold, ignoredMeaning, noMeaning, unrecognizedMeaning } from './tags.ts';
import type { Path } from './yaml-source.ts';

export const checkGuidance = (guidance: Guidance): readonly FileIssue[] => [
  ...checkVocabulary(guidance),
  ...checkWeights(guidance),
  ...guidance.classes.flatMap((definition, i) => checkClass(definition, i, guidance)),
  ...checkOrder(guidance.classes),
  ...checkObjectives(guidance),
  ...checkBackupPolicy(guidance),
  ...checkVault(guidance),
];

const wrong = (code: string, path: Path, summary: string, remedy: string): FileIssue => ({
  code: `guidance-${code}`,
  severity: 'high',
  path,
  summary,
  remedy,
});

const listed = (words: readonly string[]): string => words.join(', ');

const checkVocabulary = ({ vocabulary }: Guidance): readonly FileIssue[] => {
  const needed = [
    ['disasterRecovery', [requiredMeaning]],
    ['striping', [stripedMeaning, notStripedMeaning]],
    ['prePostScripts', [declaredMeaning]],
  ] as const;
  const missing = needed.flatMap(([kind, meanings]) =>
    meanings
      .filter((meaning) => !Object.hasOwn(vocabulary[kind].values, meaning))
      .map((meaning) =>
        wrong(
          'missing-meaning',
          ['vocabulary', kind, 'values'],
          `the meaning "${meaning}" is missing`,
          `List the tag values that mean ${meaning}.`,
        ),
      ),
  );
  const kinds = ['environment', 'criticality', 'disasterRecovery', 'striping', 'role', 'prePostScripts'] as const;
  return [...missing, ...kinds.flatMap((kind) => checkValues(kind, vocabulary[kind]))];
};

/** The meaning of `prePostScripts` that says yes. */
const declaredMeaning = 'declared';

const checkValues = (kind: string, { values }: TagValues): readonly FileIssue[] => {
  const issues: FileIssue[] = [];
  const meaningOf = new Map<string, string>();
  for (const [meaning, texts] of Object.entries(values)) {
    const path = ['vocabulary', kind, 'values', meaning];
    if (meaning === noMeaning || meaning === unrecognizedMeaning) {
      const issue = wrong(
        'reserved-meaning',
        path,
        `"${meaning}" is what a missing or unrecognized tag is called`,
        'Choose another name.',
      );
      issues.push({ ...issue, point: 'key' });
    }
    texts.forEach((text, i) => {
      const first = meaningOf.get(fold(text));
      if (first === undefined) meaningOf.set(fold(text), meaning);
      else if (first !== meaning) {
        const summary = `"${text}" already means ${first}, which is listed first and wins`;
        issues.push({
          ...wrong('ambiguous-value', [...path, i], summary, 'Keep it under one meaning.'),
          severity: 'low',
        });
      }
    });
  }
  return issues;
};

const checkWeights = ({ striping }: Guidance): readonly FileIssue[] =>
  Object.keys(striping.weights)
    .filter((signal) => !stripingSignals.some((known) => known === signal))
    .map((signal) => ({
      ...wrong(
        'unknown-signal',
        ['striping', 'weights', signal],
        `no evidence is called "${signal}"`,
        `Known are ${listed(stripingSignals)}.`,
      ),
      point: 'key',
    }));

const checkClass = (definition: ClassDefinition, i: number, guidance: Guidance): readonly FileIssue[] => {
  const path = ['classes', i] as const;
  const issues: FileIssue[] = [];
  if (!Object.hasOwn(guidance.objectives, definition.objective)) {
    const known = listed(Object.keys(guidance.objectives));
    issues.push(
      wrong(
        'unknown-objective',
        [...path, 'objective'],
        `there is no objective "${definition.objective}"`,
        `Known are ${known}.`,
      ),
    );
  }
  if (guidance.classes.slice(0, i).some(({ id }) => id === definition.id)) {
    issues.push(
      wrong(
        'duplicate-class',
        [...path, 'id'],
        `a class "${definition.id}" stands above already`,
        'Give `match` a list of alternatives instead.',
      ),
    );
  }
  const matches = definition.match ?? [];
  if ('length' in matches)
    issues.push(...matches.flatMap((match, j) => checkMeanings(match, [...path, 'match', j], guidance)));
  else issues.push(...checkMeanings(matches, [...path, 'match'], guidance));
  if (definition.when !== undefined) issues.push(...checkCondition(definition.when, [...path, 'when']));
  return issues;
};

const checkMeanings = (match: Match, path: Path, { vocabulary }: Guidance): readonly FileIssue[] =>
  (['environment', 'criticality', 'role'] as const).flatMap((kind) => {
    const meanings = Object.keys(vocabulary[kind].values).filter((meaning) => meaning !== ignoredMeaning);
    const known = [...meanings, noMeaning, unrecognizedMeaning];
    return (match[kind] ?? []).flatMap((wanted, i) => {
      if (known.some((meaning) => fold(meaning) === fold(wanted))) return [];
      const summary = `the vocabulary gives ${kind} no meaning "${wanted}"`;
      return [
        wrong(
          'unknown-meaning',
          [...path, kind, i],
          summary,
          `Use ${listed(known)}, or add it under vocabulary.${kind}.values.`,
        ),
      ];
    });
  });

const checkCondition = (text: string, path: Path): readonly FileIssue[] => {
  const compiled = compileCondition(text);
  if (!compiled.ok) {
    const remedy = 'Correct the CEL; the names it may use stand above `classes` in the shipped guidance.';
    return [
      {
        ...wrong('condition', path, `this condition is not valid: ${compiled.message}`, remedy),
        offset: compiled.offset,
      },
    ];
  }
  return compiled.condition.upperCase.map((literal) => {
    const issue = wrong(
      'condition-case',
      path,
      `conditions see lower case only, so nothing equals "${literal}"`,
      'Write it in lower case.',
    );
    return { ...issue, severity: 'low', offset: Math.max(text.indexOf(literal), 0) };
  });
};

const takesEverything = ({ match, when }: ClassDefinition): boolean => {
  if (when !== undefined) return false;
  if (match === undefined) return true;
  const alternatives = 'length' in match ? match : [match];
  return alternatives.some((alternative) => Object.keys(alternative).length === 0);
};

const checkOrder = (classes: readonly ClassDefinition[]): readonly FileIssue[] => {
  const last = classes.length - 1;
  const all = classes.findIndex(takesEverything);
  if (all < 0) {
    return [
      wrong(
        'last-class',
        ['classes', last, 'id'],
        'the last class has to take every machine',
        'End with a class without `match` and `when`.',
      ),
    ];
  }
  return classes
    .slice(all + 1)
    .map((_, i) =>
      wrong(
        'unreachable-class',
        ['classes', all + 1 + i, 'id'],
        `never reached: "${classes[all]!.id}" above takes every machine`,
        'Move it up.',
      ),
    );
};

const checkObjectives = ({ objectives }: Guidance): readonly FileIssue[] =>
  Object.entries(objectives).flatMap(([name, objective]) => {
    const issues: FileIssue[] = [];
    for (const kind of ['windows', 'linux', 'linuxWithScripts', 'stopped'] as const) {
      if (objective.consistency[kind] === 'unknown') {
        const path = ['objectives', name, 'consistency', kind];
        issues.push(
          wrong('consistency', path, '"unknown" cannot be demanded', 'Use application, file-system, crash or none.'),
        );
      }
    }
    if (
      objective.siteRecovery === undefined &&
      objective.requires.some(({ anyOf }) => anyOf.includes('site-recovery'))
    ) {
      const summary = 'it may require site-recovery, and does not say which RPO and drill age are good enough';
      issues.push({
        ...wrong('site-recovery', ['objectives', name], summary, 'Add `siteRecovery` with rpoMinutes and drillDays.'),
        point: 'key',
      });
    }
    return issues;
  });

/** The policy that the guidance itself describes, held against Azure's limits (facts B-14, B-65 … B-71). */
const checkBackupPolicy = ({ plan: { backupPolicy } }: Guidance): readonly FileIssue[] => {
  const { tier, at, timeZone, schedule, instantRestoreDays, retain } = backupPolicy;
  const { source: _, ...wanted } = schedule ?? { frequency: 'daily' as const, source: '' };
  const counts = Object.entries(retain).flatMap(([name, sourced]) =>
    sourced === undefined ? [] : [[name, sourced.value]],
  );
  const policy = {
    tier,
    schedule: { ...wanted, at },
    timeZone,
    instantRestoreDays: instantRestoreDays.value,
    retain: Object.fromEntries(counts) as BackupPolicyInput['retain'],
  };
  return brokenLimits(policy).map(({ field, text }) => {
    // A weekly schedule that says no weeks: the schedule is what there is to point at.
    const place = field === 'weeklyWeeks' && retain.weeklyWeeks === undefined ? 'frequency' : field;
    const path = ['plan', 'backupPolicy', ...placeOf(place)];
    if (field !== 'instantRestoreDays')
      return wrong('backup-policy', path, text, 'Azure refuses that: keep within its limits.');
    // The shipped seven days are what a standard policy does not take: the tier is what the file said.
    const byTier = tier === 'standard' && instantRestoreDays.value > 5;
    return wrong(
      'instant-restore',
      byTier ? ['plan', 'backupPolicy', 'tier'] : path,
      text,
      byTier
        ? 'Lower instantRestoreDays, or use tier: enhanced.'
        : 'Azure refuses that: change it, or what it hangs on.',
    );
  });
};

const placeOf = (field: PolicyField): Path => {
  if (field === 'instantRestoreDays') return [field, 'value'];
  return field === 'frequency' || field === 'days' || field === 'intervalHours' || field === 'windowHours'
    ? ['schedule', field]
    : ['retain', field, 'value'];
};

/** Facts B-98: restoring in the paired region takes a vault that is copied there. */
const checkVault = ({ plan: { vault } }: Guidance): readonly FileIssue[] =>
  vault.crossRegionRestore.value && vault.redundancy.value !== 'geo-redundant'
    ? [
        wrong(
          'vault',
          ['plan', 'vault', 'crossRegionRestore', 'value'],
          `cross-region restore needs a geo-redundant vault, and new ones are ${vault.redundancy.value}`,
          'Turn it off, or make new vaults geo-redundant.',
        ),
      ]
    : [];
