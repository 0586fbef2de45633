import type { Answer, Call } from './service.ts';
import { AzureError } from './service.ts';

/**
 * One page of a list, with `nextLink` while more follows. The token holds the key of the last row shown, not an
 * offset, so that rows created or deleted between two pages neither repeat nor hide others.
 */
export function page<Row>(
  call: Call,
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  render: (row: Row) => unknown,
): Answer {
  const token = call.query.get('$skiptoken') ?? call.query.get('$skipToken');
  const from = token === null ? 0 : afterKey(rows, keyOf, decode(token));
  const shown = rows.slice(from, from + call.world.options.pageSize);
  const last = shown.at(-1);
  const more = from + shown.length < rows.length && last !== undefined;
  return {
    status: 200,
    body: {
      value: shown.map(render),
      ...(more ? { nextLink: nextLink(call, encode(keyOf(last), from + shown.length)) } : {}),
    },
  };
}

interface Position {
  readonly key: string;
  readonly index: number;
}

function afterKey<Row>(rows: readonly Row[], keyOf: (row: Row) => string, position: Position): number {
  const at = rows.findIndex((row) => keyOf(row).toLowerCase() === position.key);
  // The row itself may have gone meanwhile: fall back to where it stood.
  return at === -1 ? Math.max(0, position.index - 1) : at + 1;
}

function nextLink(call: Call, token: string): string {
  const query = new URLSearchParams(call.query);
  query.delete('$skipToken');
  query.set('$skiptoken', token);
  return `${call.world.origin()}${call.url.pathname}?${query.toString().replaceAll('%24', '$').replaceAll('+', '%20')}`;
}

function encode(key: string, index: number): string {
  return Buffer.from(JSON.stringify([key.toLowerCase(), index])).toString('base64url');
}

function decode(token: string): Position {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(parsed) && typeof parsed[0] === 'string' && typeof parsed[1] === 'number')
      return { key: parsed[0], index: parsed[1] };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new AzureError(400, 'InvalidSkipToken', 'The provided $skiptoken is not valid.');
}
