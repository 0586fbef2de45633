/** The lock of a plan or job against other processes of the host that have taken its name, for whatever reason. */
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockPlan, PlanHeldError } from '../../src/cli/plan-lock.ts';
import { sha256 } from '../../src/core/plan-digest.ts';

const digest = sha256('plan-lock.test');
const address = `\0holdfast-apply-${process.getuid?.()}-${digest.slice(0, 40)}`;
let server: Server | undefined;
const talked: Socket[] = [];

const holding = async (talk: (asker: Socket) => void): Promise<PlanHeldError> => {
  server = createServer((asker) => {
    talked.push(asker);
    asker.on('error', () => asker.destroy());
    talk(asker);
  });
  await new Promise<void>((done) => server!.listen(address, done));
  const error: unknown = await lockPlan(digest, 'web').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PlanHeldError);
  return error as PlanHeldError;
};

describe.skipIf(process.platform !== 'linux')('a lock whose name somebody else has taken', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(async () => {
    vi.useRealTimers();
    for (const each of talked.splice(0)) each.destroy();
    await new Promise((done) => (server === undefined ? done(undefined) : server.close(done)));
    server = undefined;
  });

  it('is held by whom its holder says, since when', async () => {
    const { holder } = await holding((asker) => asker.end('4711 2026-06-03T02:00:00Z'));
    expect(holder).toEqual({ pid: 4711, since: '2026-06-03T02:00:00Z' });
  });

  it.each(['4711 \u001b[2Jnow', '7 2026-06-03T02:00:00Z\n', 'x', '', '99999999999 2026-06-03T02:00:00Z'])(
    'is held by nobody knows whom where its holder says %j',
    async (words) => {
      const { holder, problem } = await holding((asker) => asker.end(words));
      expect(holder).toEqual({ pid: 0 });
      expect(problem.summary).toBe('this plan is being applied by another process on this host');
    },
  );

  it('does not listen at length', async () => {
    const { holder } = await holding((asker) => {
      const talk = (): void => {
        while (asker.write('1'.repeat(1024)));
      };
      asker.on('drain', talk);
      talk();
    });
    expect(holder).toEqual({ pid: 0 });
  });

  it('does not listen for ever to who says a little now and then', async () => {
    const { holder } = await holding((asker) => {
      const talk = setInterval(() => void asker.write('1'), 100);
      asker.on('close', () => clearInterval(talk));
      asker.write('x', () => vi.advanceTimersByTime(2_000));
    });
    expect(holder).toEqual({ pid: 0 });
  });
});
