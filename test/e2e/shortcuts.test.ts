/** What all shortcuts share, told by `snapshot`: limits over the whole plan, refusals in part, and a plan that is still open. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import { entryLine, headerLine } from '../../src/engine/journal.ts';
import { everythingConforms } from './conforming.ts';
import { startWorld, startsAt, temporaryFolder, type World } from './rig.ts';

/** `cold01` runs without an agent on a size without premium disks: it gets no point. */
const fleet = `
subscriptions: [{ key: lab, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a09, name: Lab }]
defaults: { resourceGroup: rg-lab, location: westeurope }
machines:
  - { name: dev01, tags: { environment: dev } }
  - { name: dev02, tags: { environment: dev } }
  - { name: cold01, tags: { environment: dev, striping: raid0 }, size: Standard_D2_v3, agent: missing, osDisk: { sku: StandardSSD_LRS }, dataDisks: [{ count: 2, sku: StandardSSD_LRS }] }
`;
const fleetFile = join(temporaryFolder(), 'fleet.yaml');
writeFileSync(fleetFile, fleet);

let world: World;
beforeAll(async () => {
  world = await startWorld({ fleet: fleetFile, speed: 6000 });
});
afterAll(() => world.end());

const snapshots = () =>
  world.simulator
    .state()
    .resources.filter(({ type }) => /Compute\/snapshots$/i.test(type))
    .map(({ id }) => id.split('/').at(-1)!);
const writes = () =>
  world.simulator.log().filter(({ method, accepted }) => accepted && /PUT|PATCH|DELETE/.test(method)).length;

describe('a shortcut', () => {
  it('told of no machine asks Azure nothing', async () => {
    const before = world.simulator.log().length;
    const { code, err } = await world.run('snapshot', '--yes');
    expect(code).toBe(2);
    expect(err).toContain('snapshot was told of no machine');
    expect(world.simulator.log()).toHaveLength(before);
  });

  it('over --max-changes carries out no part of its plan, and keeps none', async () => {
    const { code, err } = await world.run(
      'snapshot',
      'dev01',
      'dev02',
      '--yes',
      '--max-changes',
      '1',
      '--plan-file',
      'over.json',
    );
    expect(code, err).toBe(5);
    expect(err).toContain('--max-changes allows 1');
    expect(writes()).toBe(0);
    expect(existsSync(world.at('over.json'))).toBe(false);
  });

  it('refused in part does the rest, and its exit code says that it was not all', async () => {
    const { code, err } = await world.run('snapshot', 'dev01', 'cold01', '--yes', '--plan-file', 'part.json');
    expect(code, err).toBe(3);
    expect(snapshots().filter((name) => name.startsWith('hf-dev01-'))).toHaveLength(1);
    expect(snapshots().filter((name) => name.startsWith('hf-cold01-'))).toEqual([]);
  });

  it('never writes its plan over one that was begun and is not finished', async () => {
    await world.run('snapshot', 'dev02', '--plan-file', 'open.json');
    const text = readFileSync(world.at('open.json'), 'utf8');
    const { digest, steps } = JSON.parse(text) as Plan;
    const intended = entryLine({ at: new Date(startsAt).toISOString(), step: steps[0]!.id, event: 'intended' });
    writeFileSync(world.at('open.json.journal.ndjson'), `${headerLine(digest, startsAt)}\n${intended}\n`);
    const before = writes();
    const { code, err } = await world.run('snapshot', 'dev02', '--yes', '--plan-file', 'open.json');
    expect(code).toBe(2);
    expect(err).toContain('open.json is not overwritten');
    expect(readFileSync(world.at('open.json'), 'utf8')).toBe(text);
    expect(writes()).toBe(before);
  });
});

everythingConforms('shortcuts');
