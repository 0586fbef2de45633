import { describe, expect, it } from 'vitest';
import { ConnectionReset, FAULTS, parseFaults, type FaultName } from '../../src/simulator/faults.ts';
import { parseFleet } from '../../src/simulator/fleet-file.ts';
import { GROUP, Rig } from './rig.ts';

const SNAPSHOT = `${GROUP}/providers/Microsoft.Compute/snapshots/s1?api-version=2024-03-02`;
const body = { location: 'westeurope', properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 4 } };

async function struck(fault: FaultName, more: object = {}): Promise<Rig> {
  const rig = new Rig({ faults: [{ fault, method: 'PUT', path: '/snapshots/', ...more }] });
  await rig.group();
  return rig;
}

const exists = async (rig: Rig): Promise<boolean> => (await rig.send('GET', SNAPSHOT)).status === 200;

describe('a fault', () => {
  it.each([
    ['throttled', 429, '2'],
    ['throttled-long', 429, '1200'],
    ['throttled-without-header', 429, null],
    ['throttled-by-compute', 429, '40'],
    ['token-expired', 401, null],
    ['forbidden', 403, null],
    ['busy', 409, null],
    ['locked', 409, null],
    ['quota-exceeded', 409, null],
    ['internal-error', 500, null],
    ['bad-gateway', 502, null],
    ['unavailable', 503, '5'],
    ['gateway-timeout', 504, null],
  ] as const)(
    '%s answers %i, Retry-After %s, changes nothing, and is over the next time',
    async (fault, status, wait) => {
      const rig = await struck(fault);
      const refused = await rig.send('PUT', SNAPSHOT, body);
      expect(refused.status).toBe(status);
      expect(refused.headers.get('retry-after')).toBe(wait);
      expect(await exists(rig)).toBe(false);
      expect((await rig.send('PUT', SNAPSHOT, body)).status).toBe(202);
    },
  );

  it.each([
    ['throttled-by-compute', 'OperationNotAllowed'],
    ['token-expired', 'ExpiredAuthenticationToken'],
    ['forbidden', 'AuthorizationFailed'],
    ['busy', 'AnotherOperationInProgress'],
    ['locked', 'ScopeLocked'],
    ['quota-exceeded', 'QuotaExceeded'],
  ] as const)('%s is told as %s', async (fault, code) => {
    const refused = await (await struck(fault)).send('PUT', SNAPSHOT, body);
    expect(refused.body['error'].code).toBe(code);
  });

  it('reset-before cuts the connection before anything happened', async () => {
    const rig = await struck('reset-before');
    await expect(rig.send('PUT', SNAPSHOT, body)).rejects.toThrow(ConnectionReset);
    expect(await exists(rig)).toBe(false);
    expect(rig.simulator.log().at(-2)).toMatchObject({ status: 0, accepted: false, fault: 'reset-before' });
  });

  it('reset-after cuts it when the write had been accepted: the log knows, the client does not', async () => {
    const rig = await struck('reset-after');
    await expect(rig.send('PUT', SNAPSHOT, body)).rejects.toThrow(ConnectionReset);
    expect(await exists(rig)).toBe(true);
    expect(rig.simulator.log().at(-2)).toMatchObject({ status: 0, accepted: true, fault: 'reset-after' });
  });

  it('truncated sends JSON that does not end', async () => {
    const rig = await struck('truncated');
    await expect(rig.send('PUT', SNAPSHOT, body)).rejects.toThrow(SyntaxError);
  });

  it('slow holds the answer back and then gives it', async () => {
    const rig = await struck('slow', { delayMs: 1 });
    expect((await rig.send('PUT', SNAPSHOT, body)).status).toBe(202);
  });

  it('operation-never-ends stays InProgress for a day', async () => {
    const rig = await struck('operation-never-ends');
    const accepted = await rig.send('PUT', SNAPSHOT, body);
    rig.simulator.clock.advance(23 * 3_600_000);
    expect((await rig.send('GET', accepted.headers.get('azure-asyncoperation')!)).body['status']).toBe('InProgress');
  });

  it('operation-never-ends is given up as failed where the simulator is told when', async () => {
    const rig = new Rig({
      faults: [{ fault: 'operation-never-ends', method: 'PUT', path: '/snapshots/' }],
      hungOperationEndsMs: 10 * 3_600_000,
    });
    await rig.group();
    const accepted = await rig.send('PUT', SNAPSHOT, body);
    const asked = async () => (await rig.send('GET', accepted.headers.get('azure-asyncoperation')!)).body['status'];
    rig.simulator.clock.advance(9 * 3_600_000);
    expect(await asked()).toBe('InProgress');
    rig.simulator.clock.advance(2 * 3_600_000);
    expect(await asked()).toBe('Failed');
    expect((await rig.send('GET', SNAPSHOT)).body['properties'].provisioningState).toBe('Failed');
  });

  it('operation-fails ends Failed with an error, and leaves the resource so marked', async () => {
    const rig = await struck('operation-fails');
    const ended = await rig.settle(await rig.send('PUT', SNAPSHOT, body));
    expect(ended).toMatchObject({ status: 'Failed', error: { code: 'InternalExecutionError' } });
    expect((await rig.send('GET', SNAPSHOT)).body['properties'].provisioningState).toBe('Failed');
  });

  it('operation-vanishes does the work and forgets that it did', async () => {
    const rig = await struck('operation-vanishes');
    const accepted = await rig.send('PUT', SNAPSHOT, body);
    rig.simulator.clock.advance(60_000);
    expect((await rig.send('GET', accepted.headers.get('azure-asyncoperation')!)).status).toBe(404);
    expect((await rig.send('GET', SNAPSHOT)).body['properties'].provisioningState).toBe('Succeeded');
  });

  it('strikes when and as often as its rule says', async () => {
    const rig = await struck('internal-error', { after: 1, times: 2 });
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await rig.send('PUT', SNAPSHOT, body)).status);
    expect(statuses).toEqual([202, 500, 500, 202]);
  });

  it('by chance strikes the same requests for the same seed', async () => {
    const run = async (): Promise<number[]> => {
      const rig = new Rig({
        seed: 11,
        faults: [{ fault: 'internal-error', method: 'PUT', path: '/snapshots/', chance: 0.5, times: 99 }],
      });
      await rig.group();
      const statuses: number[] = [];
      for (let turn = 0; turn < 12; turn += 1) statuses.push((await rig.send('PUT', SNAPSHOT, body)).status);
      return statuses;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([202, 500]));
    expect(await run()).toEqual(first);
  });
});

describe('a faults file', () => {
  it('is read, and its mistakes are named', () => {
    expect(
      parseFaults(`faults:\n${FAULTS.map((fault) => `  - { fault: ${fault} }`).join('\n')}`, 'f.yaml'),
    ).toMatchObject({ rules: { length: FAULTS.length } });
    expect(parseFaults('faults:\n  - { fault: gremlins }', 'f.yaml')).toMatchObject({
      problems: [expect.stringContaining('faults.0.fault')],
    });
  });
});

describe('a faults file that would break its reader', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...'bcdefghi'.split('').map((k, i) => `${k}: &${k} [${Array(10).fill(`*${'abcdefgh'[i]}`).join(', ')}]`),
  ].join('\n');

  it('has its bad regular expression refused, with the line it stands on', () => {
    expect(parseFaults('faults:\n  - { fault: slow }\n  - fault: slow\n    path: "(["\n', 'f.yaml')).toEqual({
      problems: ['f.yaml:4:11: faults.1.path: is no regular expression'],
    });
  });

  it('comes back as a problem when its aliases grow beyond all measure, and so does a fleet', () => {
    expect(parseFaults(bomb, 'f.yaml')).toMatchObject({ problems: [expect.stringMatching(/^f\.yaml:1:1: .*alias/i)] });
    expect(parseFleet(bomb, 'g.yaml', 0)).toMatchObject({
      problems: [expect.stringMatching(/^g\.yaml:1:1: .*alias/i)],
    });
  });
});
