/** A slip in the name of a region is told before anything is made there, and only by commands that would write to one. */
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pathOf } from '../crash/log-checker.ts';
import { everythingConforms } from './conforming.ts';
import { startWorld, temporaryFolder, type World } from './rig.ts';

const fleetFile = `${temporaryFolder()}/fleet.yaml`;
writeFileSync(
  fleetFile,
  `subscriptions: [{ key: lab, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a09, name: Lab }]
defaults: { resourceGroup: rg-lab, location: westeurope }
machines:
  - { name: dev01, tags: { environment: dev } }
  - { name: crit, tags: { environment: prod, criticality: mission-critical } }
  - { name: golden, power: deallocated, generalized: true }
`,
);
const source = 'https://learn.microsoft.com/azure/reliability/regions-paired';

let world: World;
let seen = 0;
beforeAll(async () => {
  world = await startWorld({ fleet: fleetFile, speed: 6000 });
  writeFileSync(world.at('copies.yaml'), 'extends: default\nplan: { snapshot: { copyTo: norteurope } }\n');
  writeFileSync(
    world.at('targets.yaml'),
    `extends: default\nplan: { siteRecovery: { network: make, targetRegions: { westeurope: { value: atlantis, source: ${source} } } } }\n`,
  );
});
afterEach(() => void (seen = world.simulator.log().length));
afterAll(() => world.end());

const since = () => world.simulator.log().slice(seen);
const asked = (): number => since().filter((line) => pathOf(line).endsWith('/locations')).length;

describe('a region that Azure does not have', () => {
  it.each([
    ['--to', ['replicate', 'crit', '--to', 'atlantis', '--make-network', '--yes'], '"atlantis" is no region'],
    ['--copy-to', ['snapshot', 'dev01', '--copy-to', 'atlantis', '--yes'], '"atlantis" is no region'],
    ['--region', ['capture', 'golden', '--region', 'atlantis', '--yes'], '"atlantis" is no region'],
    ['its display name', ['snapshot', 'dev01', '--copy-to', 'Nort Europe', '--yes'], 'did you mean northeurope (North'],
    ['a name for many', ['snapshot', 'dev01', '--copy-to', 'europe', '--yes'], '"europe" is no region'],
    ['copyTo of the guidance', ['plan', '--config', 'copies.yaml'], 'did you mean northeurope (North Europe)'],
    ['targetRegions of the guidance', ['plan', '--config', 'targets.yaml'], '"atlantis" is no region'],
  ] as const)('is wrong usage, whoever named it, and nothing is made: %s', async (_, argv, words) => {
    const ran = await world.run(...argv.map((arg) => (arg.endsWith('.yaml') ? world.at(arg) : arg)));
    expect([ran.code, ran.err], ran.out).toEqual([2, expect.stringContaining(words)]);
    expect(asked()).toBe(1);
    expect(since().filter(({ method }) => method !== 'GET' && method !== 'POST')).toEqual([]);
  });
});

describe('the regions of a subscription', () => {
  it('are not asked for where a machine stands in the region already', async () => {
    expect((await world.run('plan')).code).toBe(0);
    expect((await world.run('snapshot', 'dev01', '--yes')).code).toBe(0);
    expect(asked()).toBe(0);
  });

  it('let a region that is offered through, as its display name too', async () => {
    const ran = await world.run('snapshot', 'dev01', '--copy-to', 'UK South', '--yes');
    expect([ran.code, asked()], ran.err).toEqual([0, 1]);
  });
});

describe('regions that cannot be read', () => {
  it('refuse nothing, and are said not to have been checked', async () => {
    const broken = await startWorld({
      fleet: fleetFile,
      speed: 6000,
      faults: [{ fault: 'forbidden', path: '/locations$', times: 100 }],
    });
    try {
      const ran = await broken.run('snapshot', 'dev01', '--copy-to', 'northeurope', '--yes');
      expect(ran.code, ran.err).toBe(6);
      expect(ran.err).toContain('Microsoft.Resources/subscriptions/locations/read');
      expect(ran.out).toContain('done');
    } finally {
      await broken.end();
    }
  });
});

everythingConforms('regions');
