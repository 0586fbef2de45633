/** A run whose machines have points too fresh for another: it waits for each as long as that makes it no late one itself. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Job } from '../../src/core/job/job.ts';
import { jobOf, jobWorld, type JobRan, type JobWorld, type JobWorldOptions } from './job-rig.ts';
import { temporaryFolder } from './rig.ts';

/** Two machines of each wave, with several disks each: restore points. */
const fleetFile = join(temporaryFolder(), 'fleet.yaml');
const lab = '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a02';
const machines = ['none', 'soon', 'later', 'beyond'].flatMap((wave) =>
  ['01', '02'].map(
    (number) =>
      `  - { name: ${wave}-${number}, tags: { environment: dev, wave: ${wave} }, dataDisks: [{ name: ${wave}-${number}-data, sizeGiB: 64 }] }`,
  ),
);
writeFileSync(
  fleetFile,
  `subscriptions: [{ key: lab, id: ${lab}, name: Lab }]
defaults: { resourceGroup: rg-lab, location: westeurope }
machines:
${machines.join('\n')}
`,
);

const worlds: JobWorld[] = [];
const world = (options: JobWorldOptions = {}): JobWorld => {
  const made = jobWorld({ fleet: fleetFile, ...options });
  worlds.push(made);
  return made;
};
afterEach(() => worlds.splice(0).forEach((each) => each.end()));

const waves = (...wave: readonly string[]): Job['selector'] => ({ ...jobOf().selector, tags: { wave } });
const until = ({ simulator }: JobWorld, hours: number, minutes: number): void =>
  simulator.clock.advance(Date.UTC(2026, 10, 2, hours, minutes) - simulator.clock.now());

/** Points of another job: Azure makes the next application-consistent ones at 12:36, 12:45 and 13:03; marking a machine takes half a minute. */
const withFreshPoints = async (here: JobWorld): Promise<void> => {
  for (const [wave, hours, minutes] of [
    ['soon', 9, 36],
    ['later', 9, 45],
    ['beyond', 10, 3],
  ] as const) {
    until(here, hours, minutes);
    const { run, err } = await here.run(jobOf({ name: `by-${wave}`, selector: waves(wave) }));
    expect(run.created, err).toBe(2);
  }
};

const fourHourly: Partial<Job> = {
  name: 'four-hourly',
  timing: { kind: 'schedule', cron: '0 */4 * * *', timeZone: 'UTC' },
  option: 'restore-point',
};

/** When the points of a wave were made, to the minute. */
const madeOf = ({ run }: JobRan, wave: string): readonly (string | undefined)[] =>
  run.machines
    .filter(({ name }) => name.startsWith(wave))
    .map(({ outcome, newestPoint }) => (outcome === 'created' ? newestPoint?.at.slice(11, 16) : outcome));

describe('machines of which Azure makes no point yet', () => {
  it('are taken as they open, those that are open at once; who would be late by waiting fails, with when it opens', async () => {
    const here = world();
    await withFreshPoints(here);
    until(here, 12, 4);
    const ran = await here.run(jobOf(fourHourly));
    expect([ran.code, ran.run.created, ran.run.failed, ran.run.late], ran.err).toEqual([3, 6, 2, 0]);
    expect(madeOf(ran, 'none')).toEqual(['12:04', '12:04']);
    expect(madeOf(ran, 'soon')).toEqual(['12:37', '12:37']);
    expect(madeOf(ran, 'later')).toEqual(['12:46', '12:46']);
    expect(madeOf(ran, 'beyond')).toEqual(['failed', 'failed']);
    for (const { name, reason } of ran.run.machines.filter(({ outcome }) => outcome === 'failed'))
      expect(reason, name).toMatch(/ 3 h apart: the next one after 2026-11-02T13:03:/);
    expect(Date.parse(ran.run.endedAt)).toBeLessThan(Date.UTC(2026, 10, 2, 13, 0));
    expect(ran.err.match(/^Waiting .*/gm)).toEqual([
      expect.stringMatching(
        /^Waiting \d+ s: Azure makes no point of 4 machines before \S+T12:45:\S+, the first of them at \S+T12:36:/,
      ),
    ]);
  });

  it('are held up by nobody whose point takes long, and hold up nobody', async () => {
    const here = world({
      faults: [{ fault: 'operation-never-ends', method: 'PUT', path: '/restorePoints/hf-none', times: 2 }],
    });
    await withFreshPoints(here);
    until(here, 12, 4);
    const ran = await here.run(jobOf({ ...fourHourly, selector: waves('none', 'soon') }));
    expect(madeOf(ran, 'soon'), ran.err).toEqual(['12:37', '12:37']);
    expect(madeOf(ran, 'none')).toEqual(['failed', 'failed']);
    expect(ran.run.late).toBe(0);
  });

  it('are not waited for by a run that is late already', async () => {
    const here = world();
    await withFreshPoints(here);
    until(here, 13, 1);
    const ran = await here.run(jobOf({ ...fourHourly, selector: waves('beyond') }));
    expect([ran.code, ran.run.failed], ran.err).toEqual([1, 2]);
    expect(Date.parse(ran.run.endedAt)).toBeLessThan(Date.UTC(2026, 10, 2, 13, 3));
  });

  it('are waited for by whoever asks for a window only: any moment of it will do', async () => {
    const here = world();
    await withFreshPoints(here);
    until(here, 12, 4);
    const timing = { kind: 'window', lengthMinutes: 240, timeZone: 'UTC' } as const;
    const ran = await here.run(jobOf({ ...fourHourly, timing, selector: waves('beyond') }));
    expect(madeOf(ran, 'beyond'), ran.err).toEqual(['13:04', '13:04']);
    expect([ran.code, ran.run.late]).toEqual([0, 0]);
  });
});
