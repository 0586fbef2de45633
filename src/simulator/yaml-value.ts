import type { Document } from 'yaml';

/** What a YAML text says. The library throws on aliases that would grow beyond all measure (a "billion laughs"). */
export function valueOf(document: Pick<Document, 'toJS'>): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: document.toJS() as unknown };
  } catch (error) {
    return { problem: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
}
