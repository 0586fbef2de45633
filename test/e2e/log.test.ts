/** A run's log and its requests, told from each other's ids. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { everythingConforms } from './conforming.ts';
import { startWorld, type Ran, type World } from './rig.ts';

type Line = Readonly<Record<string, unknown>>;

describe('a command with --log json', () => {
  let world: World;
  const ran: Ran[] = [];
  const exchanges: (readonly ExchangeLine[])[] = [];
  const lines: (readonly Line[])[] = [];

  beforeAll(async () => {
    world = await startWorld();
    for (const name of ['shop-web-01', 'shop-web-02']) {
      const before = world.simulator.log().length;
      const one = await world.run(
        'snapshot',
        name,
        '--yes',
        '--log',
        'json',
        '--debug',
        '--plan-file',
        world.at(`${name}.json`),
      );
      ran.push(one);
      exchanges.push(world.simulator.log().slice(before));
      lines.push(
        one.err
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Line),
      );
    }
  });
  afterAll(() => world.end());

  const ofAzure = (all: readonly ExchangeLine[]): readonly ExchangeLine[] =>
    all.filter(({ url }) => !url.includes('/oauth2/') && !url.includes('.well-known'));

  it('writes nothing but JSON lines to standard error, with its events, its problems and its exit code', () => {
    expect(ran.map(({ code }) => [0, 6].includes(code))).toEqual([true, true]);
    const [first] = lines as [readonly Line[]];
    const events = first.map(({ event }) => event);
    expect(events[0]).toBe('command.started');
    expect(events.at(-1)).toBe('command.ended');
    expect(events).toEqual(
      expect.arrayContaining([
        'apply.started',
        'step.started',
        'step.accepted',
        'step.settled',
        'apply.ended',
        'request',
      ]),
    );
    for (const line of first)
      expect(Object.keys(line)).toEqual(expect.arrayContaining(['time', 'level', 'event', 'correlationId']));
  });

  it('sends its correlation id with every request, and another command has another', () => {
    const ids = exchanges.map(
      (all) => new Set(ofAzure(all).map(({ headers }) => headers['x-ms-correlation-request-id'])),
    );
    const told = lines.map((all) => new Set(all.map(({ correlationId }) => correlationId)));
    expect(ids.map((set) => set.size)).toEqual([1, 1]);
    expect(ids).toEqual(told);
    expect([...ids[0]!][0]).not.toBe([...ids[1]!][0]);
  });

  it('sends an id of its own with each request, which the log tells', () => {
    const [all] = exchanges as [readonly ExchangeLine[]];
    const ids = ofAzure(all).map(({ headers }) => headers['x-ms-client-request-id']);
    expect(ids.length).toBeGreaterThan(5);
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(ids.length);
    const told = lines[0]!.filter(({ event }) => event === 'request').map(({ clientRequestId }) => clientRequestId);
    expect(new Set(told)).toEqual(new Set(ids));
  });

  it('leaves data on standard output as it is', () => {
    expect(ran[0]!.out).not.toContain('correlationId');
    expect(ran[0]!.out.length).toBeGreaterThan(0);
  });
});

everythingConforms('log');
