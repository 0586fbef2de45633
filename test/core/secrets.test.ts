import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutKnown, withoutSecrets } from '../../src/core/secrets.ts';

describe('secrets taken out of a text', () => {
  it.each([
    [
      'a SAS',
      'see https://a.blob.core.windows.net/c/b?sv=1&sig=abc%2Bdef%3D&se=2 there',
      'see https://a.blob.core.windows.net/c/b?sv=1&sig=…&se=2 there',
    ],
    ['a SAS whose ampersand JSON escaped', 'sv=1\\u0026sig=abc%3D\\u0026se=2', 'sv=1\\u0026sig=…\\u0026se=2'],
    ['a bearer token', 'Authorization: Bearer abcdefgh12345678', 'Authorization: Bearer …'],
    ['a token by its form', 'got eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl!', 'got …!'],
    [
      'an account key',
      'AccountName=a;AccountKey=ab+/==;EndpointSuffix=x',
      'AccountName=a;AccountKey=…;EndpointSuffix=x',
    ],
    ['a secret of a login', 'client_id=1&client_secret=s3cr3t~x&scope=y', 'client_id=1&client_secret=…&scope=y'],
  ])('%s', (_name, text, left) => {
    expect(withoutSecrets(text)).toBe(left);
  });

  it('leaves everything else as it is', () => {
    for (const text of [
      'signature',
      'design=1',
      'the bearer of this',
      'Bearer token',
      'eyJ',
      'sig',
      '/subscriptions/a/resourceGroups/sig-1',
    ]) {
      expect(withoutSecrets(text)).toBe(text);
    }
  });

  it('takes out values that are known, unless they are so short that they stand anywhere', () => {
    expect(withoutKnown('it said hunter2-hunter2 and ab', ['hunter2-hunter2', 'ab'])).toBe('it said … and ab');
  });

  it('leaves JSON JSON, whatever its strings hold', () => {
    const shard = fc.constantFrom(
      '?sig=',
      '&sig=',
      'sig%3D',
      'Bearer ',
      'AccountKey=',
      'eyJabcdefgh1.',
      'abcdefgh12',
      '"',
      '\\',
      '\n',
      "'",
      '&',
      ';',
      ' ',
      '\u2028',
      'é',
    );
    const text = fc.array(shard, { maxLength: 12 }).map((shards) => shards.join(''));
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 4 }), text), (value) => {
        expect(Object.keys(JSON.parse(withoutSecrets(JSON.stringify(value))) as object)).toEqual(Object.keys(value));
      }),
      { numRuns: 2_000, seed: 20261102 },
    );
  });
});
