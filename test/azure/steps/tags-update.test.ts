/** Tags changed one request a step: what is sent, what is followed, and when they are as wanted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readGoal } from '../../../src/azure/goals/index.ts';
import { tagsUpdate } from '../../../src/azure/steps/tags-update.ts';
import type { Goal, StepOf } from '../../../src/core/plan.ts';
import { snapshotStep } from '../../engine/plan-builder.ts';
import { recordedDir, recordedIsThere } from '../recorded.ts';
import { inTurn, signal, stubArm, type Reply } from './stub-arm.ts';

const targetId = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/snapshots/a';
const tagsId = `${targetId}/providers/Microsoft.Resources/tags/default`;
const ok = (body: unknown): Reply => ({ status: 200, body });
const step = (input: Partial<StepOf<'tags.update'>['input']>): StepOf<'tags.update'> => ({
  ...snapshotStep('a'),
  kind: 'tags.update',
  method: 'PATCH',
  resourceId: tagsId,
  goal: { kind: 'tags-are', resourceId: targetId, tags: {}, without: [] },
  input: { targetId, operation: 'merge', tags: { a: '1' }, ...input },
});
const begun = async (input: Parameters<typeof step>[0], reply: Reply) => {
  const arm = stubArm(inTurn(reply));
  const own = step(input);
  const began = await tagsUpdate(own, { arm, now: () => undefined } as never).begin(own, signal);
  return { began, sent: arm.sent };
};

describe('a change of tags', () => {
  it('merges, or takes out by name and value: never both in a request, and the others stay', async () => {
    const { sent } = await begun({}, ok({}));
    expect(sent).toMatchObject([
      { method: 'PATCH', path: tagsId, body: { operation: 'Merge', properties: { tags: { a: '1' } } } },
    ]);
    expect((await begun({ operation: 'delete', tags: { b: '2' } }, ok({}))).sent).toMatchObject([
      { body: { operation: 'Delete', properties: { tags: { b: '2' } } } },
    ]);
  });

  it('is over at once, or followed where Azure says so', async () => {
    expect((await begun({}, ok({}))).began).toEqual({ kind: 'settled', ok: true });
    const location = 'https://management.azure.com/operations/1';
    const { began } = await begun({}, {
      status: 202,
      headers: { location },
      body: undefined,
    } as Reply);
    expect(began).toMatchObject({ kind: 'accepted', locationUrl: location });
  });

  it.skipIf(!recordedIsThere)(
    'is sent as recorded clients send it (skipped where the recordings are not at hand)',
    async () => {
      const operations = readFileSync(join(recordedDir, 'flows', 'tags-resource.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { method?: string; req?: { operation?: string; properties?: object } })
        .flatMap(({ method, req }) => (method === 'PATCH' && req ? [req] : []));
      expect(operations.map(({ operation }) => operation)).toEqual(expect.arrayContaining(['Merge', 'Delete']));
      expect(operations.every(({ properties }) => Object.keys(properties ?? {}).join() === 'tags')).toBe(true);
    },
  );
});

describe('tags', () => {
  const goal: Goal = { kind: 'tags-are', resourceId: targetId, tags: { A: '1' }, without: ['Gone'] };
  it.each([
    ['with the value, whatever the case of their name', ok({ tags: { a: '1', other: 'x' } }), 'holds'],
    ['with another value', ok({ tags: { A: '2' } }), 'absent'],
    ['with another case of the value', ok({ tags: { A: 'ONE' } }), 'absent'],
    ['that are not there', ok({}), 'absent'],
    ['of which one is still there that was to go', ok({ tags: { A: '1', gone: '' } }), 'absent'],
    ['of what is gone', { status: 404, body: { error: { code: 'ResourceNotFound', message: 'gone' } } }, 'absent'],
    ['out of sight', { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } }, 'refused'],
  ] as const)('%s', async (_name, reply, kind) => {
    const reader = { arm: stubArm(inTurn(reply as Reply)), now: () => undefined, signal };
    expect((await readGoal(reader, goal, step({}))).kind).toBe(kind);
  });
});
