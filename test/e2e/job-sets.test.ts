/** Sets of two snapshots of which a run sees one, or none: what is there is asked for, and nothing is made beside a doubt. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { everythingConforms } from './conforming.ts';
import { jobOf, jobWorld, type JobWorld, type JobWorldOptions } from './job-rig.ts';
import { temporaryFolder } from './rig.ts';

const worlds: JobWorld[] = [];
afterEach(() => worlds.splice(0).forEach((each) => each.end()));
const world = (options: JobWorldOptions = {}): JobWorld => {
  const fleet = join(temporaryFolder(), 'fleet.yaml');
  writeFileSync(
    fleet,
    `subscriptions: [{ key: lab, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a02, name: Lab }]
defaults: { resourceGroup: rg-lab, location: westeurope }
machines:
  - { name: pair, power: deallocated, tags: { environment: dev }, dataDisks: [{ name: pair-data, sizeGiB: 64 }] }
`,
  );
  const made = jobWorld({ fleet, ...options });
  worlds.push(made);
  return made;
};

/** Of Resource Graph: longer than any two runs take. */
const lag = 10 * 3_600_000;
const day = 24 * 3_600_000;
const job = jobOf({ option: 'disk-snapshot' });
const snapshots = ({ simulator }: JobWorld) =>
  simulator.state().resources.filter(({ type }) => /\/snapshots$/i.test(type));
const setOf = ({ body }: ReturnType<typeof snapshots>[number]) =>
  (body['tags'] as Record<string, string>)['holdfast-set'];
const perSet = (here: JobWorld) => [...Map.groupBy(snapshots(here), setOf).values()].map((members) => members.length);
const lose = (here: JobWorld): void => void here.simulator.world.store.delete(snapshots(here).at(-1)!.id);

describe('a set of two that lists do not show yet', () => {
  it('is found broken by its names: another is made, and the first is not topped up', async () => {
    const here = world({ graphLagMs: lag });
    await here.run(job);
    lose(here);
    const { run, err } = await here.run(job, { host: 'b' });
    expect(run, err).toMatchObject({ created: 1, existing: 0, failed: 0 });
    expect(perSet(here)).toEqual([1, 2]);
  });

  it('is found whole by its names, and no other is made', async () => {
    const here = world({ graphLagMs: lag });
    await here.run(job);
    const { run, err } = await here.run(job, { host: 'b' });
    expect(run, err).toMatchObject({ created: 0, existing: 1, failed: 0 });
    expect(perSet(here)).toEqual([2]);
  });

  it('of which Azure does not tell whether a snapshot is there gets none beside it, and that is said', async () => {
    const here = world({ graphLagMs: lag });
    expect((await here.run(job)).run.created).toBe(1);
    lose(here);
    const forbids = ({ method, url }: Request) => method === 'GET' && url.includes('/snapshots/hf-pair-');
    const { code, run } = await here.run(job, { host: 'b', forbids });
    expect(code).toBe(1);
    expect(run).toMatchObject({ created: 0, existing: 0, failed: 1 });
    expect(run.machines[0]!.reason).toMatch(/^whether pair has its point already cannot be told: .*snapshots\/read/);
    expect(snapshots(here)).toHaveLength(1);
  });
});

describe('a broken set of two', () => {
  it('is no point: it pushes none out of those that are kept, and goes when a newer one is whole', async () => {
    const here = world();
    const kept = { ...job, retention: { keepLast: 2 } };
    await here.run(kept);
    here.simulator.clock.advance(day);
    await here.run(job);
    lose(here);
    here.simulator.clock.advance(day);
    const { run } = await here.run(kept);
    expect(run).toMatchObject({ created: 1, pruned: 1 });
    expect(perSet(here)).toEqual([2, 2]);
  });
});

everythingConforms('sets of a job');
