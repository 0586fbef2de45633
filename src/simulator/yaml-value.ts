import type { Document } from 'yaml';

/** What a YAML text says. The library throws on aliases that would grow beyond all measure (a "billion laughs"). */
export function valueOf(document: Pick<Document, 'toJS'>): { readonly value: unknown } | { readonly problem: string } {
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
