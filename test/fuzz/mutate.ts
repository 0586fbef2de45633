/** Damage to good input: bytes of a file as disks, editors and networks spoil them, and values of the wrong kind. */
import * as fc from 'fast-check';

/** Pieces that parsers trip over. */
const shards = [
  '',
  '\n',
  '\r\n',
  '\t',
  ' ',
  '"',
  "'",
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '- ',
  '#',
  '&a ',
  '*a',
  '<<: ',
  '|',
  '!!x ',
  'null',
  'true',
  '-1',
  '0',
  '1e999',
  '9007199254740993',
  '\u0000',
  '\u001b[31m',
  '\uFEFF',
  '\u2028',
  '__proto__',
  'constructor',
  '${x}',
  '"a":1,',
  '\uD800',
].map((text) => Buffer.from(text, 'utf8'));

interface Blow {
  readonly how: 'flip' | 'cut' | 'drop' | 'insert' | 'repeat' | 'overwrite';
  /** Where, as a share of the length, so that one list of blows fits any text. */
  readonly at: number;
  readonly span: number;
  readonly with: number;
}

const blow: fc.Arbitrary<Blow> = fc.record({
  how: fc.constantFrom<Blow['how']>('flip', 'flip', 'cut', 'drop', 'insert', 'repeat', 'overwrite'),
  at: fc.nat(0xffffff),
  span: fc.integer({ min: 1, max: 80 }),
  with: fc.nat(255),
});

const strike = (bytes: Buffer, { how, at, span, with: value }: Blow): Buffer => {
  const place = Math.floor((at / 0x1000000) * bytes.length);
  const piece = shards[value % shards.length]!;
  const around = (middle: Uint8Array, skip: number): Buffer =>
    Buffer.concat([bytes.subarray(0, place), middle, bytes.subarray(place + skip)]);
  switch (how) {
    case 'flip':
      return around(Uint8Array.of((bytes[place] ?? 0) ^ (1 << (value % 8))), 1);
    case 'overwrite':
      return around(Uint8Array.of(value), 1);
    case 'cut':
      return bytes.subarray(0, place);
    case 'drop':
      return around(new Uint8Array(), span);
    case 'insert':
      return around(piece, 0);
    default:
      return around(bytes.subarray(place, place + span), 0);
  }
};

/** A file's text with one to three blows, read as holdfast reads files: bytes that are no UTF-8 become U+FFFD. */
export const damaged = (text: string): fc.Arbitrary<string> => {
  const bytes = Buffer.from(text, 'utf8');
  return fc.array(blow, { minLength: 1, maxLength: 3 }).map((blows) => blows.reduce(strike, bytes).toString('utf8'));
};

/** One bit of one byte. */
export const flipped = (text: string): fc.Arbitrary<string> => {
  const bytes = Buffer.from(text, 'utf8');
  return fc.tuple(fc.nat(bytes.length - 1), fc.nat(7)).map(([at, bit]) => {
    const copy = Buffer.from(bytes);
    copy[at] = copy[at]! ^ (1 << bit);
    return copy.toString('utf8');
  });
};

const deep = (levels: number): unknown =>
  levels === 0 ? 'x' : levels % 2 === 0 ? [deep(levels - 1)] : { a: deep(levels - 1) };

/** Values where others were meant. All are JSON. */
export const oddValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  0.5,
  1e308,
  -1e308,
  2 ** 53,
  2 ** 31,
  '',
  ' ',
  'x',
  '0',
  '-1',
  'NaN',
  'null',
  '\u0000',
  '\u001b[2J',
  '\uD800',
  '🔥',
  'x'.repeat(3000),
  [],
  {},
  [[]],
  [null],
  [{}],
  { '': '' },
  { id: null },
  { value: [] },
  deep(40),
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.9999999Z',
  '+275760-09-13T00:00:00.001Z',
  '2026-02-31T25:61:00Z',
  '2026-06-03',
  '/',
  '/subscriptions/',
  '/subscriptions/x/resourceGroups//providers/Microsoft.Compute/virtualMachines/',
  'https://elsewhere.test/a?b=c',
  'http://[::1',
  '%',
  '%zz',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'Succeeded',
  'Failed',
  'P1D',
  'PT9999999999H',
];

interface Change {
  readonly how: 'replace' | 'remove' | 'rename' | 'double' | 'move';
  readonly at: number;
  readonly other: number;
  readonly value: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  how: fc.constantFrom<Change['how']>('replace', 'replace', 'replace', 'remove', 'rename', 'double', 'move'),
  at: fc.nat(0xffffff),
  other: fc.nat(0xffffff),
  value: fc.nat(oddValues.length - 1),
});

type Holder = Record<string, unknown> | unknown[];

interface Spot {
  readonly holder: Holder;
  readonly key: string;
}

const spotsOf = (value: unknown, into: Spot[] = []): Spot[] => {
  if (typeof value !== 'object' || value === null) return into;
  for (const key of Object.keys(value)) {
    into.push({ holder: value as Holder, key });
    spotsOf((value as Record<string, unknown>)[key], into);
  }
  return into;
};

const put = (holder: Holder, key: string, value: unknown): void => {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
};

const alter = (root: { value: unknown }, { how, at, other, value }: Change): void => {
  const spots = spotsOf(root);
  const pick = (share: number): Spot => spots[Math.floor((share / 0x1000000) * spots.length)]!;
  const { holder, key } = pick(at);
  const here = (holder as Record<string, unknown>)[key];
  const odd = structuredClone(oddValues[value]);
  switch (how) {
    case 'remove':
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 'rename': {
      if (Array.isArray(holder)) break;
      delete holder[key];
      const names = [key.toUpperCase(), `${key}x`, '__proto__', 'constructor', ''];
      put(holder, names[value % names.length]!, here);
      break;
    }
    case 'double':
      if (Array.isArray(holder)) holder.push(structuredClone(here));
      else put(holder, `${key}2`, structuredClone(here));
      break;
    case 'move': {
      const from = pick(other);
      put(holder, key, structuredClone((from.holder as Record<string, unknown>)[from.key]));
      break;
    }
    default:
      put(holder, key, odd);
  }
};

/** A JSON value with one to four of its members replaced, removed, renamed, doubled or taken from elsewhere in it. */
export const twisted = (value: unknown): fc.Arbitrary<unknown> =>
  fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const root = { value: structuredClone(value) };
    for (const one of changes) if (Object.hasOwn(root, 'value')) alter(root, one);
    return root.value;
  });

/** Text of a JSON file, spoiled either way. */
export const spoiledJson = (text: string): fc.Arbitrary<string> =>
  fc.oneof(
    damaged(text),
    twisted(JSON.parse(text)).map((value) => JSON.stringify(value, null, 2) ?? ''),
  );

/** Damage that can be done to a text that is not known yet. */
export interface Spoiler {
  readonly blows: readonly Blow[];
  readonly changes: readonly Change[];
  readonly salt: number;
}

export const spoilers: fc.Arbitrary<Spoiler> = fc.record({
  blows: fc.array(blow, { minLength: 1, maxLength: 3 }),
  changes: fc.array(change, { minLength: 1, maxLength: 4 }),
  salt: fc.nat(0xffff),
});

export const spoil = (text: string, { blows }: Spoiler): string =>
  blows.reduce(strike, Buffer.from(text, 'utf8')).toString('utf8');

export const spoilJson = (text: string, { changes }: Spoiler): string => {
  const root = { value: JSON.parse(text) as unknown };
  for (const one of changes) if (Object.hasOwn(root, 'value')) alter(root, one);
  return JSON.stringify(root.value, null, 1) ?? '';
};
