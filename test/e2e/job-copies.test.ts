/** Copies of a job's points in another region, over runs of hours: `holdfast job run` over a simulated Azure. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Job } from '../../src/core/job/job.ts';
import type { JobRun } from '../../src/core/job/job-run.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { everythingConforms } from './conforming.ts';
import { jobOf, jobWorld, type JobWorld, type JobWorldOptions } from './job-rig.ts';
import { temporaryFolder } from './rig.ts';

const hour = 3_600_000;
const away = 'northeurope';
const head = `subscriptions: [{ key: lab, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a02, name: Lab }]
defaults: { resourceGroup: rg-lab, location: westeurope }
`;
/** Copied at a GiB in ten seconds: 64 GiB in eleven minutes, 1,024 GiB in almost three hours. */
const small = `${head}machines: [{ name: web, tags: { environment: dev }, osDisk: { sizeGiB: 64 } }]\n`;
const large = `${head}machines: [{ name: web, tags: { environment: dev }, osDisk: { sizeGiB: 1024 } }]\n`;

const worlds: JobWorld[] = [];
afterEach(() => worlds.splice(0).forEach((each) => each.end()));
const world = (fleet: string, options: JobWorldOptions = {}): JobWorld => {
  const path = join(temporaryFolder(), 'fleet.yaml');
  writeFileSync(path, fleet);
  const made = jobWorld({ fleet: path, ...options });
  worlds.push(made);
  return made;
};

const hourly = (changes: Partial<Job> = {}): Job =>
  jobOf({
    name: 'hourly',
    option: 'disk-snapshot',
    timing: { kind: 'window', lengthMinutes: 60, timeZone: 'UTC' },
    retention: { keepLast: 24 },
    copies: [{ region: away }],
    ...changes,
  });

const toNextHour = ({ simulator }: JobWorld): void => {
  simulator.clock.advance(hour - (simulator.clock.now() % hour) + 60_000);
};

const copiesIn = ({ simulator }: JobWorld) =>
  simulator.state().resources.filter(({ body }) => body['properties']?.creationData?.createOption === 'CopyStart');
const percents = (here: JobWorld) => copiesIn(here).map(({ body }) => body['properties'].completionPercent as number);
const pathOf = ({ url }: ExchangeLine): string => decodeURIComponent(new URL(url).pathname).toLowerCase();
const isBegin = (line: ExchangeLine): boolean =>
  line.method === 'PUT' &&
  line.accepted &&
  /"createOption":"CopyStart"|"sourceRestorePoint"/.test(JSON.stringify(line.request));
const sourceOf = ({ request }: ExchangeLine): string => {
  const { properties } = request as {
    properties: { creationData?: { sourceResourceId: string }; sourceRestorePoint?: { id: string } };
  };
  return (properties.creationData?.sourceResourceId ?? properties.sourceRestorePoint?.id ?? '').toLowerCase();
};
const begun = ({ simulator }: JobWorld): readonly string[] => simulator.log().filter(isBegin).map(sourceOf);
const deleted = ({ simulator }: JobWorld): readonly string[] =>
  simulator
    .log()
    .filter(({ method, accepted }) => method === 'DELETE' && accepted)
    .map(pathOf);
const refusedDeletes = ({ simulator }: JobWorld): readonly string[] =>
  simulator
    .log()
    .filter(({ method, accepted }) => method === 'DELETE' && !accepted)
    .map(pathOf);
const reason = ({ machines }: JobRun): string => machines.map((machine) => machine.reason ?? '').join('; ');

describe('copies of a job', () => {
  it('are begun and left to Azure, found under way by the runs of the next hours, and followed to their end', async () => {
    const here = world(large);
    const first = await here.run(hourly());
    expect(first.code, first.err).toBe(0);
    expect(first.run).toMatchObject({ created: 1, copies: { begun: 1, underWay: 0, complete: 0, failed: 0 } });
    expect(percents(here)).toEqual([0]);
    const seen: JobRun['copies'][] = [];
    for (let run = 0; run < 4; run += 1) {
      toNextHour(here);
      const next = await here.run(hourly());
      expect(next.code, next.err).toBe(0);
      expect(next.run.created).toBe(1);
      seen.push(next.run.copies);
    }
    // One of a disk at a time: the second begins when the first is whole, at the run after three hours.
    expect(seen).toEqual([
      { begun: 0, underWay: 1, complete: 0, failed: 0 },
      { begun: 0, underWay: 1, complete: 0, failed: 0 },
      { begun: 1, underWay: 0, complete: 1, failed: 0 },
      { begun: 0, underWay: 1, complete: 1, failed: 0 },
    ]);
    expect(new Set(begun(here)).size).toBe(2);
    expect(begun(here)).toHaveLength(2);
  }, 60_000);

  it('say how far they are, and how many wait for their turn', async () => {
    const here = world(large);
    await here.run(hourly());
    toNextHour(here);
    const { run } = await here.run(hourly());
    expect(reason(run)).toMatch(/northeurope is at \d0 %/);
    expect(reason(run)).toContain('one copy waits for its turn');
  });

  it('that fail at 90 % are reported, deleted and begun again under another name', async () => {
    const here = world(small, {
      faults: [{ fault: 'copy-fails', method: 'PUT', path: 'snapshots/hf-web-northeurope' }],
    });
    await here.run(hourly());
    const [failed] = copiesIn(here).map(({ id }) => id.toLowerCase());
    toNextHour(here);
    expect(percents(here)).toEqual([90]);
    const again = await here.run(hourly());
    expect(again.code).toBe(3);
    expect(again.run.copies).toEqual({ begun: 1, underWay: 0, complete: 0, failed: 1 });
    expect(reason(again.run)).toContain('failed (');
    expect(deleted(here)).toEqual([failed]);
    const [anew] = copiesIn(here).map(({ id }) => id.toLowerCase());
    expect(anew).not.toBe(failed);
    toNextHour(here);
    const last = await here.run(hourly());
    expect(last.code, last.err).toBe(0);
    expect(last.run.copies).toMatchObject({ complete: 1, failed: 0, begun: 1 });
    expect(begun(here)[0]).toBe(begun(here)[1]);
  });

  it('keep their sources from being pruned until they are whole, without Azure having to refuse it', async () => {
    const here = world(large);
    const job = hourly({ retention: { keepLast: 1 }, copies: [{ region: away, retention: { keepLast: 9 } }] });
    await here.run(job);
    const [source] = begun(here);
    for (let run = 0; run < 2; run += 1) {
      toNextHour(here);
      await here.run(job);
    }
    expect(percents(here)[0]).toBeLessThan(100);
    expect(deleted(here)).not.toContain(source);
    toNextHour(here);
    await here.run(job);
    toNextHour(here);
    await here.run(job);
    expect(deleted(here)).toContain(source);
    expect(refusedDeletes(here)).toEqual([]);
    // The newest that waits is kept for it; older ones that wait go with their own retention.
    expect(copiesIn(here).filter(({ body }) => body['properties'].copyCompletionError !== undefined)).toEqual([]);
    expect(begun(here).length).toBe(2);
  }, 60_000);

  it('are kept by a retention of their own, region by region', async () => {
    const here = world(small);
    const job = hourly({ retention: { keepLast: 3 }, copies: [{ region: away, retention: { keepLast: 5 } }] });
    for (let run = 0; run < 8; run += 1) {
      await here.run(job);
      toNextHour(here);
    }
    const { resources } = here.simulator.state();
    const own = resources.filter(({ type, body }) => /\/snapshots$/i.test(type) && body['location'] === 'westeurope');
    expect(own.length).toBe(3);
    // Five that are whole, and the one begun last.
    expect(copiesIn(here).length).toBe(6);
    expect(refusedDeletes(here)).toEqual([]);
  }, 60_000);

  it('hold every disk of a set, of machines with several', async () => {
    const here = world(`${head}machines:
  - name: off
    power: deallocated
    tags: { environment: dev }
    osDisk: { sizeGiB: 64 }
    dataDisks: [{ count: 2, sizeGiB: 64, sku: StandardSSD_LRS }]
`);
    const first = await here.run(hourly());
    expect(first.run.copies).toMatchObject({ begun: 1 });
    expect(new Set(begun(here)).size).toBe(3);
    toNextHour(here);
    const next = await here.run(hourly());
    expect(next.run.copies).toMatchObject({ begun: 1, complete: 1 });
  });

  it('of restore points lie in a collection of the region, three of an hour, and are followed alike', async () => {
    const here = world(large.replace('sizeGiB: 1024 }', 'sizeGiB: 1024 }, dataDisks: [{ sizeGiB: 64 }]'));
    const job = hourly({ option: 'restore-point', consistency: { want: 'crash', otherwise: 'weaker-with-finding' } });
    const first = await here.run(job);
    expect(first.code, first.err).toBe(0);
    expect(first.run.copies).toEqual({ begun: 1, underWay: 0, complete: 0, failed: 0 });
    toNextHour(here);
    const second = await here.run(job);
    expect(second.run.copies).toMatchObject({ underWay: 1, complete: 0, failed: 0 });
    for (let run = 0; run < 3; run += 1) {
      toNextHour(here);
      expect((await here.run(job)).code).toBe(0);
    }
    toNextHour(here);
    const last = await here.run(job);
    expect(last.run.copies.complete).toBeGreaterThan(0);
    expect(last.run.copies.failed).toBe(0);
    expect(begun(here).length).toBe(new Set(begun(here)).size);
  }, 60_000);

  it('that a disk cannot have are skipped, said, and no failure of the point', async () => {
    const sets =
      '/subscriptions/8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a02/resourceGroups/rg-lab/providers/Microsoft.Compute/diskEncryptionSets';
    const here = world(
      `${head}machines: [{ name: key, tags: { environment: dev }, osDisk: { sizeGiB: 64, encryptionSet: ${sets}/keys } }]\n`,
    );
    const { run, code, err } = await here.run(hourly());
    expect(code, err).toBe(0);
    expect(run).toMatchObject({ created: 1, failed: 0, copies: { begun: 0, failed: 0 } });
    expect(reason(run)).toContain("encrypted with a customer's key");
  });

  it('are begun once, wherever the run was killed and whichever host goes on', async () => {
    // What is killed here keeps its locks until the tests end: its plans are nobody else's.
    const doomed = small.replace('name: web', 'name: doomed');
    const undisturbed = world(doomed);
    const calm = await undisturbed.run(hourly());
    const start = undisturbed.simulator.log().findIndex(isBegin);
    expect(start).toBeGreaterThan(0);
    const total = calm.requests;
    for (let at = Math.max(1, start - 3); at <= total; at += 1)
      for (const when of ['before', 'after'] as const) {
        const here = world(doomed);
        await here.kill(hourly(), at, when);
        here.simulator.clock.advance(21 * 60_000);
        // Another host, which knows nothing of the first one's journals.
        const next = await here.run(hourly(), { host: 'b' });
        const name = `killed ${when} exchange ${at}`;
        expect([name, next.code], JSON.stringify(next.run)).toEqual([name, 0]);
        expect([name, ...begun(here)]).toEqual([name, begun(here)[0]]);
        expect([name, copiesIn(here).length]).toEqual([name, 1]);
      }
  }, 240_000);
});

everythingConforms('job copies');
