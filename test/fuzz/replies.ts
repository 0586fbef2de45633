/** Answers of Azure that went wrong on the way, or never were what its documents say. */
import * as fc from 'fast-check';
import { dateHeader } from '../azure/arm-rig.ts';
import { damaged, twisted } from './mutate.ts';
import type { RawReply } from './wire.ts';

const statuses = [
  200, 200, 200, 201, 202, 204, 301, 400, 401, 403, 404, 408, 409, 410, 412, 429, 500, 502, 503, 504, 999,
];

const headerValues: Readonly<Record<string, readonly string[]>> = {
  date: [dateHeader, 'now', '', 'Tue, 01 Jan 275760 00:00:00 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT', '-271821-04-20'],
  'retry-after': [
    '0',
    '-1',
    '1',
    '17',
    '1200',
    '99999999999999999999',
    '1e309',
    'soon',
    dateHeader,
    '',
    'Tue, 01 Jan 275760 00:00:00 GMT',
  ],
  'retry-after-ms': ['0', '5', '9e99', 'NaN', '99999999999999999999999', '-4'],
  'azure-asyncoperation': [
    '',
    'https://management.azure.com/operations/1?sig=x',
    'https://elsewhere.test/o',
    'not a url',
    '//',
    'http://[',
    '/relative',
  ],
  location: [
    'https://management.azure.com/operationResults/1?sig=x',
    'javascript:0',
    ':',
    'https://management.azure.com:444/x',
  ],
  'x-ms-ratelimit-remaining-subscription-reads': ['0', '-1', '11999', 'many', '1e400'],
  'x-ms-ratelimit-remaining-resource': ['Microsoft.Compute/HighCostGet3Min;0', ';;;,,;', 'a;b;c', ''],
};

export const oddHeaders: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .array(
    fc
      .constantFrom(...Object.keys(headerValues))
      .chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...headerValues[name]!))),
    { maxLength: 3 },
  )
  .map((pairs) => ({ date: dateHeader, ...Object.fromEntries(pairs) }));

const errors: readonly unknown[] = [
  {
    error: {
      code: 'TooManyRequests',
      message: "try again after '99999999999999' seconds",
      details: [{ code: 'TooManyRequests', target: 'HighCostGet3Min', message: '{"operationGroup":"x"}' }],
    },
  },
  {
    error: {
      code: 'AuthorizationFailed',
      message:
        "does not have authorization to perform action 'Microsoft.Compute/disks/read' over scope '/subscriptions/x'",
    },
  },
  { error: { code: 'OperationNotAllowed', message: '{"error":{"code":"Inner","message":"{\\"error\\":{}}"}}' } },
  { ErrorCode: 'UserErrorConflict', Message: { Value: 'busy' } },
  { code: 'RetryableError', message: null },
  { status: 'InProgress', percentComplete: 'x', endTime: '0001-01-01T00:00:00' },
  { status: 'Succeeded', properties: { jobId: 'job' } },
  { status: 'Failed', error: { code: 'X', message: 'gone wrong', details: 'none' } },
  { error: { code: 'ExpiredAuthenticationToken', message: 'expired' } },
  { error: 'invalid_client' },
  { value: [] },
  { value: [null], nextLink: 'https://elsewhere.test/next' },
  [],
  null,
];

const textOf = (value: unknown): string => JSON.stringify(value) ?? '';

/** A body out of a corpus, or an error's, whole or spoiled. */
export const bodies = (corpus: readonly unknown[]): fc.Arbitrary<string> => {
  const one = fc.constantFrom(...corpus, ...errors);
  return fc.oneof(
    one.chain((body) => twisted(body)).map(textOf),
    one.map(textOf),
    one.chain((body) => damaged(textOf(body))),
    fc.constantFrom('', '<html>502 Bad Gateway</html>', '{', '"', '\uFEFF{}', 'null', '[[[[', '{"value":[{"id":1}]}'),
  );
};

export const replies = (corpus: readonly unknown[]): fc.Arbitrary<RawReply | 'lost'> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({ status: fc.constantFrom(...statuses), headers: oddHeaders, text: bodies(corpus) }),
    },
    { weight: 1, arbitrary: fc.constant<'lost'>('lost') },
  );
