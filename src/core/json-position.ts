/**
 * Where in a JSON text a value stands, so that a message can name line and column. `JSON.parse` decides what is valid; this
 * scan only finds places, because V8's messages leave the position out for some errors.
 */

export interface Place {
  /** Both 1-based. */
  readonly line: number;
  readonly column: number;
}

export type JsonPlaces =
  /** Offsets by path, members joined with `/`; the whole is `''`. */
  | { readonly kind: 'json'; readonly offsets: ReadonlyMap<string, number> }
  | { readonly kind: 'broken'; readonly offset: number; readonly expected: string };

/** Depth at which we stop rather than overflow the stack; no file of ours comes near. */
const deepest = 500;

const tokens = {
  space: /[ \t\r\n]*/y,
  // oxlint-disable-next-line no-control-regex -- JSON forbids raw control characters in strings
  plain: /[^"\\\u0000-\u001f]+/y,
  escape: /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y,
  number: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y,
  word: /true|false|null/y,
};

class Broken {
  readonly offset: number;
  readonly expected: string;
  constructor(offset: number, expected: string) {
    this.offset = offset;
    this.expected = expected;
  }
}

export const jsonPlaces = (text: string): JsonPlaces => {
  const offsets = new Map<string, number>();
  let at = 0;
  const take = (token: RegExp): string | undefined => {
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  /** Piece by piece: one expression for the whole string would overflow the stack over some megabytes. */
  const takeString = (): string | undefined => {
    const start = at;
    if (text[at] !== '"') return undefined;
    at += 1;
    while (take(tokens.plain) !== undefined || take(tokens.escape) !== undefined);
    if (text[at] === '"') return text.slice(start, (at += 1));
    at = start;
    return undefined;
  };
  const sign = (expected: string): string => {
    take(tokens.space);
    const found = text[at] ?? '';
    if (found === '' || !expected.includes(found))
      throw new Broken(
        at,
        expected
          .split('')
          .map((c) => `'${c}'`)
          .join(' or '),
      );
    at += 1;
    return found;
  };
  const peek = (): string | undefined => {
    take(tokens.space);
    return text[at];
  };
  const members = (path: string, close: '}' | ']', depth: number): void => {
    at += 1;
    if (peek() === close) {
      at += 1;
      return;
    }
    let index = 0;
    do {
      let key = String(index++);
      if (close === '}') {
        take(tokens.space);
        const start = at;
        const quoted = takeString();
        if (quoted === undefined) throw new Broken(start, 'a member name in double quotes');
        key = JSON.parse(quoted) as string;
        sign(':');
      }
      value(`${path}/${key}`, depth + 1);
    } while (sign(`,${close}`) === ',');
  };
  const value = (path: string, depth: number): void => {
    if (depth > deepest) throw new Broken(at, 'less nesting');
    const first = peek();
    offsets.set(path, at);
    if (first === '{') members(path, '}', depth);
    else if (first === '[') members(path, ']', depth);
    else if (takeString() === undefined && take(tokens.number) === undefined && take(tokens.word) === undefined) {
      throw new Broken(at, 'a value');
    }
  };
  try {
    value('', 0);
    if (peek() !== undefined) throw new Broken(at, 'the end of the file');
    return { kind: 'json', offsets };
  } catch (broken) {
    if (broken instanceof Broken) return { kind: 'broken', offset: broken.offset, expected: broken.expected };
    throw broken;
  }
};

export const placeOf = (text: string, offset: number): Place => {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
};

/** The place of the value at `path`, or of the nearest value around it. */
export const placeAt = (text: string, path: readonly PropertyKey[]): Place => {
  const places = jsonPlaces(text);
  if (places.kind === 'broken') return placeOf(text, places.offset);
  for (let length = path.length; length > 0; length -= 1) {
    const offset = places.offsets.get(`/${path.slice(0, length).map(String).join('/')}`);
    if (offset !== undefined) return placeOf(text, offset);
  }
  return placeOf(text, places.offsets.get('') ?? 0);
};
