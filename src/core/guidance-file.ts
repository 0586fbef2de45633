/** From the text of a guidance file to guidance, or to every problem in it with line and column. Never throws. */
import { byPlace, explainIssues, invalidAt, problemAt, type FileKind } from './file-issue.ts';
import { checkGuidance } from './guidance-check.ts';
import { isPlain, mergeGuidance, saidByOverlay } from './guidance-merge.ts';
import { guidanceSchema } from './guidance-schema.ts';
import type { Guidance } from './guidance.ts';
import type { Problem } from './problem.ts';
import { readYaml, type Path, type YamlSource } from './yaml-source.ts';

/** `guidance` is there exactly when no problem is of high severity; problems of low severity are warnings. */
export interface ParsedGuidance {
  readonly guidance?: Guidance;
  readonly problems: readonly Problem[];
}

/** The shipped guidance, which files with `extends: default` are laid over. */
export interface DefaultGuidance {
  readonly text: string;
  readonly file: string;
}

const kind: FileKind = {
  code: 'guidance',
  schema: guidanceSchema,
  shownBy: 'the schema and the shipped guidance',
};

export const parseGuidance = (text: string, file: string, shipped?: DefaultGuidance): ParsedGuidance => {
  const source = readYaml(text, file);
  if (source.problems.length > 0) return { problems: source.problems };
  if (!isPlain(source.value)) {
    return {
      problems: [
        problemAt(source, {
          ...invalidAt(kind, []),
          summary: 'a guidance file is a map',
          remedy: 'Start with `extends: default`.',
        }),
      ],
    };
  }
  if (!Object.hasOwn(source.value, 'extends')) return judge(source.value, () => source);

  const { extends: base, ...over } = source.value;
  if (base !== 'default' || shipped === undefined) {
    const summary = base === 'default' ? 'there is no default guidance to extend' : 'only `extends: default` is known';
    return {
      problems: [
        problemAt(source, {
          ...invalidAt(kind, ['extends']),
          summary,
          remedy: 'Write `extends: default`, or a whole guidance.',
        }),
      ],
    };
  }
  const below = readYaml(shipped.text, shipped.file);
  if (below.problems.length > 0) return { problems: below.problems };
  return judge(mergeGuidance(below.value, over), (path) => (saidByOverlay(below.value, over, path) ? source : below));
};

/** `sourceOf` tells which file a place of the merged guidance was written in. */
const judge = (value: unknown, sourceOf: (path: Path) => YamlSource): ParsedGuidance => {
  const parsed = guidanceSchema.safeParse(value);
  const issues = parsed.success ? checkGuidance(parsed.data) : explainIssues(parsed.error.issues, value, kind);
  const problems = issues.map((issue) => problemAt(sourceOf(issue.path), issue)).sort(byPlace);
  const usable = parsed.success && issues.every(({ severity }) => severity === 'low');
  return { ...(usable ? { guidance: parsed.data } : {}), problems };
};
