import { describe, expect, it } from 'vitest';
import { KqlError } from '../../../src/simulator/kql/kql-error.ts';
import { rowsOf, valueOf } from './tables.ts';

/** Expression and the value it has in Kusto's own documentation or follows from it. */
const golden: readonly (readonly [string, unknown])[] = [
  // text comparison: only the tilde and the word operators fold case
  [`'a' == 'A'`, false],
  [`'a' =~ 'A'`, true],
  [`'a' != 'A'`, true],
  [`'a' !~ 'A'`, false],
  [`'a' < 'b'`, true],
  [`'B' < 'a'`, true],
  [`'North America' has 'america'`, true],
  [`'NorthAmerica' has 'america'`, false],
  [`'rg-app-01' has 'app'`, true],
  [`'snap_set' has 'set'`, true],
  [`'North America' has_cs 'america'`, false],
  [`'abc' !has 'ab'`, true],
  [`'abc' contains 'B'`, true],
  [`'abc' contains_cs 'B'`, false],
  [`'abc' !contains 'z'`, true],
  [`'abc' startswith 'AB'`, true],
  [`'abc' startswith_cs 'AB'`, false],
  [`'abc' !startswith 'b'`, true],
  [`'abc' endswith 'BC'`, true],
  [`'abc' endswith_cs 'BC'`, false],
  [`'abc' !endswith 'c'`, false],
  [`'prod-web' hasprefix 'we'`, true],
  [`'a12' matches regex 'a[0-9]+'`, true],
  [`'A12' matches regex 'a[0-9]+'`, false],
  [`'A12' matches regex '(?i)a[0-9]+'`, true],
  // membership
  [`'a' in ('A', 'b')`, false],
  [`'a' in~ ('A', 'b')`, true],
  [`'a' !in ('b')`, true],
  [`'a' !in~ ('A')`, false],
  [`3 in (1, 2, 3)`, true],
  [`'b' in (dynamic(['a', 'b']))`, true],
  [`'red fox' has_any ('cat', 'FOX')`, true],
  [`'red fox' has_all ('red', 'cat')`, false],
  // ranges include both ends
  [`5 between (5 .. 7)`, true],
  [`8 !between (5 .. 7)`, true],
  [`datetime(2026-11-01) between (ago(2d) .. now())`, true],
  [`datetime(2026-11-03) between (datetime(2026-11-01) .. 2d)`, true],
  // precedence: and before or, arithmetic before comparison
  [`true or false and false`, true],
  [`1 + 2 * 3 == 7`, true],
  [`not(true) or 2 > 1`, true],
  [`-3 + 5`, 2],
  // numbers: whole division, remainder never negative
  [`7 / 2`, 3],
  [`7 / 2.0`, 3.5],
  [`7 % 4`, 3],
  [`-14 % 12`, 10],
  [`1 / 0`, null],
  [`0x10`, 16],
  [`1e3`, 1000],
  // nulls
  [`int(null) == 1`, false],
  [`int(null) != 1`, true],
  [`int(null) == int(null)`, null],
  [`int(null) < 1`, null],
  [`int(null) + 1`, null],
  [`isnull(int(null))`, true],
  [`isnotnull(1)`, true],
  [`isnull('')`, false],
  [`isempty('')`, true],
  [`isempty(' ')`, false],
  [`isnotempty('a')`, true],
  [`true or bool(null)`, true],
  [`false and bool(null)`, false],
  [`not(bool(null))`, null],
  // conversions
  [`tostring(12)`, '12'],
  [`tostring(dynamic(null))`, ''],
  [`tostring(dynamic({"a":1}))`, '{"a":1}'],
  [`toint('42')`, 42],
  [`toint('x')`, null],
  [`toint(4.9)`, 4],
  [`tolong('0x1f')`, 31],
  [`toreal('2.5')`, 2.5],
  [`todouble(3)`, 3],
  [`tobool('TRUE')`, true],
  [`tobool('yes')`, null],
  [`tobool(2)`, true],
  [`todatetime('2026-11-02')`, '2026-11-02T00:00:00Z'],
  [`todatetime('nonsense')`, null],
  [`todatetime('')`, null],
  [`parse_json('{"a":[1,2]}').a[1]`, 2],
  [`todynamic('[1]')[0]`, 1],
  // text functions
  [`tolower('AbC')`, 'abc'],
  [`toupper('abc')`, 'ABC'],
  [`strcat('a', 1, true)`, 'a1true'],
  [`split('a/b/c', '/')`, ['a', 'b', 'c']],
  [`split('a/b/c', '/', 1)`, ['b']],
  [`split('/a/b', '/')[1]`, 'a'],
  [`substring('abcdef', 1, 2)`, 'bc'],
  [`substring('abc', 1)`, 'bc'],
  [`strlen('abc')`, 3],
  [`replace_string('a.b.a', 'a', 'x')`, 'x.b.x'],
  [`extract('vaults/([^/]+)', 1, 'x/vaults/v1/y')`, 'v1'],
  [`extract('no', 0, 'x')`, ''],
  [`trim(' +', '  a  ')`, 'a'],
  [`indexof('abc', 'c')`, 2],
  [`replace_regex('a1b2', '[0-9]', '-')`, 'a-b-'],
  [`strcat_delim('-', 'a', 'b')`, 'a-b'],
  // choices
  [`iff(1 > 2, 'a', 'b')`, 'b'],
  [`iif(true, 1, 2.5)`, 1],
  [`case(1 > 2, 'a', 2 > 1, 'b', 'c')`, 'b'],
  [`coalesce('', 'b')`, 'b'],
  [`coalesce(int(null), 3)`, 3],
  // dynamics
  [`array_length(dynamic([1,2,3]))`, 3],
  [`array_length(dynamic({}))`, null],
  [`bag_keys(dynamic({"a":1,"b":2}))`, ['a', 'b']],
  [`pack('a', 1, 'b', now())`, { a: 1, b: '2026-11-02T08:00:00Z' }],
  [`bag_pack('a', 'x').a`, 'x'],
  [`dynamic({'a': 'b'}).a`, 'b'],
  [`dynamic([1,2,3])[-1]`, 3],
  [`dynamic([1])[5]`, null],
  [`gettype(dynamic({}))`, 'dictionary'],
  // time
  [`now()`, '2026-11-02T08:00:00Z'],
  [`ago(1d)`, '2026-11-01T08:00:00Z'],
  [`ago(90m)`, '2026-11-02T06:30:00Z'],
  [`now() - datetime(2026-11-01)`, '1.08:00:00'],
  [`datetime(2026-11-01 10:00:00.5)`, '2026-11-01T10:00:00.5Z'],
  [`datetime(2026-11-01T00:00:00+02:00)`, '2026-10-31T22:00:00Z'],
  [`datetime(null)`, null],
  [`bin(datetime(2026-11-02T08:17:00Z), 1h)`, '2026-11-02T08:00:00Z'],
  [`bin(7, 5)`, 5],
  [`bin(-1, 5)`, -5],
  [`bin(90m, 1h)`, '01:00:00'],
  [`datetime_diff('day', datetime(2026-11-02), datetime(2026-10-30T23:00:00Z))`, 3],
  [`datetime_diff('month', datetime(2026-01-31), datetime(2025-12-01))`, 1],
  [`format_datetime(datetime(2026-11-02T08:05:09Z), 'yyyy-MM-dd HH:mm')`, '2026-11-02 08:05'],
  [`datetime_add('month', 1, datetime(2026-01-31))`, '2026-02-28T00:00:00Z'],
  [`startofday(now())`, '2026-11-02T00:00:00Z'],
  [`startofmonth(now())`, '2026-11-01T00:00:00Z'],
  [`1.5h`, '01:30:00'],
  [`2 * 1d`, '2.00:00:00'],
  [`1d / 6h`, 4],
  [`tostring(datetime(2026-11-02))`, '2026-11-02T00:00:00.0000000Z'],
  [`timespan('1.02:03:04')`, '1.02:03:04'],
  [`time(36h)`, '1.12:00:00'],
  // hash partitions: https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results
  [`hash('a') % 4 between (0 .. 3)`, true],
  [`hash('a') == hash('a')`, true],
  [`hash('a', 10) < 10`, true],
  // spelling
  [`"it's"`, "it's"],
  [`'it\\'s'`, "it's"],
  [`@'c:\\dir'`, 'c:\\dir'],
  [`'\\u0041'`, 'A'],
  [`h'secret'`, 'secret'],
];

describe('an expression', () => {
  it.each(golden)('%s is %j', (expression, expected) => {
    expect(valueOf(expression)).toEqual(expected);
  });

  it('reads what is absent as null, and compares it as unequal to any text', () => {
    expect(rowsOf(`resources | where tags.env =~ 'prod' | project name`)).toEqual([['web-1'], ['db-1']]);
    expect(rowsOf(`resources | where tags.env == 'prod' | project name`)).toEqual([['db-1']]);
    expect(rowsOf(`resources | where tags.env !~ 'prod' | project name`)).toEqual([
      ['Test-1'],
      ['web-os'],
      ['db-data'],
    ]);
    expect(rowsOf(`resources | where properties.cores > 4 | project name`)).toEqual([['db-1']]);
    expect(rowsOf(`resources | where not(properties.cores > 4) | project name`)).toEqual([['web-1']]);
  });

  it('knows properties by their exact name, with a dot or in brackets', () => {
    expect(valueOf(`tags.owner`)).toBe(null);
    expect(valueOf(`tags['Owner']`)).toBe('ann');
    expect(valueOf(`properties['odata.type']`)).toBe('x');
    expect(valueOf(`properties.['odata.type']`)).toBe('x');
    expect(valueOf(`['tags'].env`)).toBe('Prod');
  });

  it('keeps all seven digits of a second', () => {
    expect(valueOf(`todatetime(properties.timeCreated)`)).toBe('2026-10-01T08:30:00.1234567Z');
  });
});

const refusals: readonly (readonly [string, string])[] = [
  [`nosuchcolumn`, 'InvalidColumnNames'],
  [`NAME`, 'InvalidColumnNames'],
  [`nosuchfunction(1)`, 'UnknownFunction'],
  [`ToLower(name)`, 'UnknownFunction'],
  [`constructor(1)`, 'UnknownFunction'],
  [`name == 1`, 'InvalidOperandTypes'],
  [`name + 1`, 'InvalidOperandTypes'],
  [`name.first`, 'InvalidPropertyAccess'],
  [`tolower(1)`, 'InvalidArgumentTypes'],
  [`strlen()`, 'InvalidArgumentCount'],
  [`iff(true, 1, 'a')`, 'InvalidArgumentTypes'],
  [`count()`, 'UnknownFunction'],
  [`datetime(never)`, 'ParserFailure'],
  [`'open`, 'ParserFailure'],
  [`(1 + 2`, 'ParserFailure'],
  [`1 +`, 'ParserFailure'],
  [`a b`, 'ParserFailure'],
  [`'x' matches regex '('`, 'InvalidRegex'],
];

describe('an expression outside the language', () => {
  it.each(refusals)('%s is refused as %s', (expression, code) => {
    let thrown: unknown;
    try {
      valueOf(expression);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(KqlError);
    expect((thrown as KqlError).detail.code).toBe(code);
  });
});
