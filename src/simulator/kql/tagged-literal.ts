import type { LiteralType, LiteralValue } from './ast.ts';
import type { Token } from './lexer.ts';
import { parseDatetime, parseTimespan } from './moment.ts';

/** `datetime(…)`, `dynamic(…)` and the like; `undefined` where the text is no such literal. */
export function taggedLiteral(token: Token): [LiteralType, LiteralValue | undefined] {
  const text = token.text.replace(/^(["'])(.*)\1$/s, '$2');
  const isNull = text === 'null';
  switch (token.tag) {
    case 'datetime':
    case 'date':
      return ['datetime', isNull ? null : (parseDatetime(text) ?? undefined)];
    case 'time':
    case 'timespan':
      return ['timespan', isNull ? null : (parseTimespan(text) ?? undefined)];
    case 'dynamic':
      return ['dynamic', parseDynamic(token.text)];
    case 'bool':
    case 'boolean':
      return [
        'bool',
        isNull ? null : /^(?:true|1)$/i.test(text) ? true : /^(?:false|0)$/i.test(text) ? false : undefined,
      ];
    case 'guid':
      return ['string', /^[0-9a-f-]{32,36}$/i.test(text) ? text.toLowerCase() : undefined];
    default: {
      const number = /^[+-]?(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i.test(text) ? Number(text) : undefined;
      const type = token.tag === 'int' || token.tag === 'long' ? token.tag : 'real';
      return [type, isNull ? null : type !== 'real' && number !== undefined ? Math.trunc(number) : number];
    }
  }
}

function parseDynamic(text: string): LiteralValue | undefined {
  // KQL also takes single quotes inside dynamic(); JSON does not.
  const json = text.replace(/'((?:[^'\\]|\\.)*)'/g, (whole: string, inner: string, at: number) =>
    (text.slice(0, at).match(/(?<!\\)"/g)?.length ?? 0) % 2 === 0 ? JSON.stringify(inner) : whole,
  );
  try {
    return JSON.parse(json) as LiteralValue;
  } catch {
    return undefined;
  }
}
