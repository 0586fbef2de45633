import { visit, type Document } from 'yaml';

/** Each alias is looked for through all of them, so that tens of thousands would take minutes. */
const MOST_ALIASES = 1000;

/** What a YAML text says. The library throws on aliases that would grow beyond all measure (a "billion laughs"). */
export function valueOf(document: Document): { readonly value: unknown } | { readonly problem: string } {
  let aliases = 0;
  visit(document, { Alias: () => ((aliases += 1) > MOST_ALIASES ? visit.BREAK : undefined) });
  if (aliases > MOST_ALIASES) return { problem: `more than ${MOST_ALIASES} aliases` };
  try {
    return { value: document.toJS() as unknown };
  } catch (error) {
    return { problem: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
}

/** Where an offset of a text stands, both 1-based. The library's own counter loses lines of a text that it cannot parse. */
export function placeIn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
