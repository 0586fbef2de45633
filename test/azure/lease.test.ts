/** A machine's mark as Azure keeps it: one tag, merged in, and taken out only while it says what the run wrote. */
import { describe, expect, it } from 'vitest';
import { leaseTag } from '../../src/core/lease.ts';
import { makeLeaseStore } from '../../src/azure/lease.ts';
import { inTurn, signal, stubArm, type Reply } from './steps/stub-arm.ts';

const machine = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm';
const error = (status: number, code: string): Reply => ({ status, body: { error: { code, message: 'no' } } });

const asked = async (
  act: (store: ReturnType<typeof makeLeaseStore>) => Promise<unknown>,
  reply: Reply = { status: 200, body: {} },
) => {
  const arm = stubArm(inTurn(reply));
  return { answer: await act(makeLeaseStore(arm)), sent: arm.sent };
};

describe('a machine’s mark', () => {
  it.each([
    ['merged in', 'write', 'Merge'],
    ['taken out with its value', 'remove', 'Delete'],
  ] as const)('is %s, which touches no other tag and nobody else’s mark', async (_, act, operation) => {
    const { answer, sent } = await asked((store) => store[act](machine, 'aa host 1 2', signal));
    expect(answer).toEqual({ kind: 'written' });
    expect(sent).toMatchObject([
      {
        method: 'PATCH',
        path: `${machine}/providers/Microsoft.Resources/tags/default`,
        body: { operation, properties: { tags: { [leaseTag]: 'aa host 1 2' } } },
      },
    ]);
  });

  it.each([
    ['as it stands, whatever the case of its name', { status: 200, body: { tags: { 'Holdfast-LEASE': 'x' } } }, 'x'],
    ['as none among other tags', { status: 200, body: { tags: { owner: 'me' } } }, undefined],
    ['as none where there are no tags', { status: 200, body: {} }, undefined],
    ['as none where the machine is gone', error(404, 'ResourceNotFound'), undefined],
  ])('is read %s', async (_, reply, text) => {
    const { answer, sent } = await asked((store) => store.read(machine, signal), reply);
    expect(answer).toEqual({ kind: 'read', ...(text === undefined ? {} : { text }) });
    expect(sent).toMatchObject([{ method: 'GET', path: machine }]);
  });

  it.each([
    ['refused', error(403, 'AuthorizationFailed')],
    ['throttled', error(429, 'TooManyRequests')],
    ['uncertain', error(500, 'InternalServerError')],
  ])('that could not be read or written is %s, and never said to be free or written', async (kind, reply) => {
    expect((await asked((store) => store.read(machine, signal), reply)).answer).toMatchObject({ kind });
    for (const act of ['write', 'remove'] as const)
      expect((await asked((store) => store[act](machine, 'x', signal), reply)).answer).toMatchObject({ kind });
  });

  it('is not said to be written, nor taken out, where there is no machine', async () => {
    for (const act of ['write', 'remove'] as const)
      expect(
        (await asked((store) => store[act](machine, 'x', signal), error(404, 'ResourceNotFound'))).answer,
      ).toMatchObject({ kind: 'refused' });
  });
});
