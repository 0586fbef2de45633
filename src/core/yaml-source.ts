/** A YAML text that remembers where each of its values stands, so that problems can name line and column. */
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml';
import { placeOf } from './json-position.ts';
import type { Problem } from './problem.ts';

export type Path = readonly (string | number)[];
export type At = NonNullable<Problem['at']>;

export interface YamlSource {
  readonly file: string;
  /** The plain value; `undefined` when the text is not valid YAML. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Where the value at a path stands, or as much of the path as there is; `key` points at its name instead. */
  at(path: Path, what?: 'key' | 'value', offset?: number): At;
}

export const readYaml = (text: string, file: string): YamlSource => {
  // Keys are compared here: the library compares each with each, and 50,000 take a minute.
  const doc = parseDocument(text, { prettyErrors: false, stringKeys: true, uniqueKeys: false });
  // Not yaml's own LineCounter: it misses the line ends inside what the parser could not make sense of.
  const position = (offset: number): At => ({ file, ...placeOf(text, Math.min(Math.max(offset, 0), text.length)) });
  const { tooMany, circular, lost, unresolved, repeated } = oddNodes(doc);
  const told = (code: string, offset: number, summary: string, remedy: string): Problem => ({
    code,
    severity: 'high',
    subject: file,
    summary,
    remedy,
    at: position(offset),
  });
  const problems = [
    ...[...doc.errors, ...doc.warnings].map(({ message, pos }) =>
      told('yaml-syntax', pos[0], `not valid YAML: ${firstLine(message)}`, 'Correct the YAML here.'),
    ),
    ...repeated.map((offset) =>
      told('yaml-duplicate-key', offset, 'this key stands twice in the same map', 'Keep one of the two.'),
    ),
  ];
  const at: YamlSource['at'] = (path, what = 'value', offset = 0) => position(offsetOf(doc, text, path, what, offset));
  if (problems.length > 0) return { file, value: undefined, problems, at };
  const unusable = (why: string, offset: number): YamlSource => {
    const problem = told('yaml-syntax', offset, `not usable YAML: ${why}`, 'Write the values out.');
    return { file, value: undefined, problems: [problem], at };
  };
  if (tooMany !== undefined) return unusable(`more than ${mostAliases} aliases`, tooMany);
  if (circular !== undefined) return unusable('an alias of what it stands in', circular);
  if (lost !== undefined) return unusable(`${lostKey} cannot be a key`, lost);
  try {
    return { file, value: doc.toJS() as unknown, problems, at };
  } catch (error) {
    // Aliases without an anchor, or aliases of aliases, so many that the text would explode.
    return unusable(firstLine(error instanceof Error ? error.message : String(error)), unresolved ?? 0);
  }
};

/** The library looks for each alias's anchor through all of them: 50,000 take minutes. */
const mostAliases = 1_000;

/** Who reads records leaves it out unsaid, and a selector by such a tag would select everything. */
const lostKey = '__proto__';

/** Offsets of the first of each kind. */
interface OddNodes {
  /** The alias that is one too many. */
  readonly tooMany?: number | undefined;
  /** An alias within its own anchor. */
  readonly circular?: number | undefined;
  readonly lost?: number | undefined;
  /** An alias without an anchor before it. */
  readonly unresolved?: number | undefined;
  /** All keys that stand in their map already. */
  readonly repeated: readonly number[];
}

const oddNodes = (doc: Document.Parsed): OddNodes => {
  const anchors = new Map<string, Node>();
  const aliases: Alias[] = [];
  let circular: Alias | undefined;
  let lost: Node | undefined;
  let unresolved: Alias | undefined;
  const repeated: number[] = [];
  visit(doc, {
    Node: (place, node, above) => {
      const meant = isAlias(node) ? anchors.get(node.source) : node;
      if (place === 'key' && isScalar(meant) && meant.value === lostKey) lost ??= node;
      if (!isAlias(node)) {
        if (isMap(node)) repeated.push(...repeatedKeys(node));
        if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
        return undefined;
      }
      aliases.push(node);
      if (meant === undefined) unresolved ??= node;
      else if (above.includes(meant)) circular ??= node;
      return aliases.length > mostAliases ? visit.BREAK : undefined;
    },
  });
  return {
    tooMany: aliases[mostAliases]?.range?.[0],
    circular: circular?.range?.[0],
    lost: lost?.range?.[0],
    unresolved: unresolved?.range?.[0],
    repeated,
  };
};

const repeatedKeys = ({ items }: YAMLMap): readonly number[] => {
  const seen = new Set<unknown>();
  return items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const again = seen.has(key.value);
    seen.add(key.value);
    return again ? [key.range?.[0] ?? 0] : [];
  });
};

const firstLine = (message: string): string => message.split('\n', 1)[0]!;

const offsetOf = (doc: Document, text: string, path: Path, what: 'key' | 'value', within: number): number => {
  let node = resolve(doc.contents, doc);
  let offset = node?.range?.[0] ?? 0;
  let reached = 0;
  for (const segment of path) {
    const next = step(node, segment);
    if (next === undefined) return offset;
    reached += 1;
    node = resolve(next.value, doc);
    const last = reached === path.length;
    const start = next.value?.range?.[0];
    offset =
      (last && what === 'key') || start === undefined || !isScalar(next.value) ? (next.key ?? start ?? offset) : start;
  }
  return offset + (within > 0 || what === 'value' ? insideScalar(node, text, within) : 0);
};

interface Step {
  readonly key?: number;
  readonly value: Node | null;
}

const step = (node: Node | null | undefined, segment: string | number): Step | undefined => {
  if (isMap(node)) {
    const pair = node.items.find(
      (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(segment),
    );
    if (pair === undefined) return undefined;
    const key = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    return { ...(key === undefined ? {} : { key }), value: (pair.value as Node | null) ?? null };
  }
  if (isSeq(node)) {
    const item = node.items[Number(segment)] as Node | undefined;
    return item === undefined ? undefined : { value: item, ...(item.range ? { key: item.range[0] } : {}) };
  }
  return undefined;
};

const resolve = (node: Node | null | undefined, doc: Document): Node | null | undefined =>
  isAlias(node) ? node.resolve(doc) : node;

/** How far into a scalar's source its character `within` stands, where quoting and folding let us tell. */
const insideScalar = (node: Node | null | undefined, text: string, within: number): number => {
  if (within === 0 || !isScalar(node) || typeof node.value !== 'string' || !node.range) return 0;
  const source = text.slice(node.range[0], node.range[1]);
  const whole = source.indexOf(node.value);
  if (whole >= 0) return whole + within;
  // A block over several lines: look for the line that holds the character.
  const before = node.value.slice(0, within);
  const line = before.slice(before.lastIndexOf('\n') + 1) + node.value.slice(within).split('\n', 1)[0]!;
  const found = line === '' ? -1 : source.indexOf(line);
  return found < 0 ? 0 : found + within - (before.lastIndexOf('\n') + 1);
};
