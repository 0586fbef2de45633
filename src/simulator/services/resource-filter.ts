import type { Call, Stored } from '../service.ts';
import { AzureError } from '../service.ts';

/**
 * `$filter` of Resource Manager's lists of resources and groups: eq and ne on location, resourceType, name and
 * resourceGroup, `substringof('demo', name)`, `startswith(tagName, 'dep')`, and `tagName eq 'a' and tagValue eq 'b'`;
 * and binds closer than or. https://learn.microsoft.com/rest/api/resources/resources/list
 */
export interface ResourceFilter {
  accepts(stored: Stored): boolean;
  /** Filtered by tag: the rows then come without their tags. */
  readonly byTag: boolean;
}

type Test = (stored: Stored) => boolean;

/** What a filter may name in each list: groups know tags alone. */
export type FilterScope = 'resources' | 'groups';

/** @throws 400 InvalidFilterInQueryString for anything else than the documented forms. */
export function resourceFilter(filter: string | null, scope: FilterScope): ResourceFilter {
  const text = filter?.trim() ?? '';
  if (text === '') return { accepts: () => true, byTag: false };
  const wrong = new AzureError(
    400,
    'InvalidFilterInQueryString',
    `Invalid $filter '${text}' specified in the query string.`,
  );
  const tests = splitAt(text, 'or').map((clause): Test => {
    const terms = splitAt(clause, 'and');
    const tagTerms = terms.filter(isTagTerm);
    const others = terms.filter((term) => !isTagTerm(term));
    if (scope === 'groups' && others.length > 0) throw wrong;
    const made = [...others.map(propertyTest), ...(tagTerms.length > 0 ? [tagTest(tagTerms)] : [])];
    if (made.includes(undefined)) throw wrong;
    return (stored) => made.every((test) => test?.(stored) === true);
  });
  return { accepts: (stored) => tests.some((test) => test(stored)), byTag: /\btag(Name|Value)\b/i.test(text) };
}

/** Splits at a word outside quotes: a value may hold the word too. */
function splitAt(text: string, word: 'and' | 'or'): readonly string[] {
  const parts: string[] = [''];
  for (const token of text.match(/'(?:[^']|'')*'|[^\s']+|\s+|'/g) ?? []) {
    if (token.toLowerCase() === word) parts.push('');
    else parts[parts.length - 1] += token;
  }
  return parts.map((part) => part.trim());
}

const isTagTerm = (term: string): boolean => /^(tagName|tagValue)\s|^startswith\(\s*tagName\b/i.test(term);

function propertyTest(term: string): Test | undefined {
  const compared = /^(location|resourceType|name|resourceGroup)\s+(eq|ne)\s+'((?:[^']|'')*)'$/i.exec(term);
  if (compared) {
    const [, property = '', operator = '', value = ''] = compared;
    const wanted = plain(value);
    return (stored) => (valueOf(stored, property) === wanted) === (operator.toLowerCase() === 'eq');
  }
  const part = /^substringof\(\s*'((?:[^']|'')*)'\s*,\s*(name|resourceGroup)\s*\)$/i.exec(term);
  if (!part) return undefined;
  const [, value = '', property = ''] = part;
  return (stored) => valueOf(stored, property).includes(plain(value));
}

function valueOf(stored: Stored, name: string): string {
  const segments = stored.id.split('/');
  const values: Readonly<Record<string, unknown>> = {
    location: stored.body['location'],
    resourcetype: stored.type,
    name: segments.at(-1),
    resourcegroup: segments[4],
  };
  const value = values[name.toLowerCase()];
  return typeof value === 'string' ? value.toLowerCase() : '';
}

/** Name and value of one tag; names are compared without regard to case, values with. */
function tagTest(terms: readonly string[]): Test | undefined {
  let name: ((tag: string) => boolean) | undefined;
  let value: string | undefined;
  for (const term of terms) {
    const equal = /^(tagName|tagValue)\s+eq\s+'((?:[^']|'')*)'$/i.exec(term);
    const prefix = /^startswith\(\s*tagName\s*,\s*'((?:[^']|'')*)'\s*\)$/i.exec(term);
    if (equal?.[1]?.toLowerCase() === 'tagvalue') value = equal[2]?.replaceAll("''", "'");
    else if (equal) name = (tag) => tag === plain(equal[2] ?? '');
    else if (prefix) name = (tag) => tag.startsWith(plain(prefix[1] ?? ''));
    else return undefined;
  }
  if (name === undefined) return undefined;
  const named = name;
  return (stored) =>
    Object.entries(stored.body['tags'] ?? {}).some(
      ([tag, held]) => named(tag.toLowerCase()) && (value === undefined || held === value),
    );
}

const plain = (quoted: string): string => quoted.replaceAll("''", "'").toLowerCase();

/** `$top`: no more rows than this over all pages. @throws 400 unless it is a whole number from 1 on */
export function firstOf<Row>(call: Call, rows: readonly Row[]): readonly Row[] {
  const top = call.query.get('$top');
  if (top === null) return rows;
  if (!/^[1-9]\d*$/.test(top))
    throw new AzureError(400, 'InvalidTopInQueryString', `Invalid $top '${top}' specified in the query string.`);
  return rows.slice(0, Number(top));
}
