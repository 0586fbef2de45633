/** A job said with flags alone is the job that a file would say, and what is wrong is told by the flag. */
import { describe, expect, it } from 'vitest';
import type { FlagSpec } from '../../src/cli/command.ts';
import { givenJobFlags, jobFlags, jobOfFlags, type JobFlags } from '../../src/cli/job-flags.ts';
import { parseJob } from '../../src/core/job/job-file.ts';
import { UsageError } from '../../src/core/problem.ts';

const flags = (given: Partial<JobFlags>): JobFlags => {
  const none = Object.entries(jobFlags as Readonly<Record<string, FlagSpec>>).map(([name, { repeatable }]) => [
    name,
    repeatable ? [] : undefined,
  ]);
  return { ...(Object.fromEntries(none) as JobFlags), ...given };
};

const wrong = async (given: Partial<JobFlags>): Promise<readonly (string | undefined)[]> => {
  const error: unknown = await jobOfFlags(flags(given)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof UsageError ? error.problems.map(({ summary, remedy }) => `${summary} · ${remedy}`) : [];
};

describe('a job of flags', () => {
  it('is the job that a file would say', async () => {
    const job = await jobOfFlags(
      flags({
        name: 'dev',
        tag: ['environment=dev, test', 'team=x'],
        'exclude-tag': ['holdfast'],
        'resource-group': ['a', 'b'],
        class: ['dev-test'],
        option: 'disk-snapshot',
        schedule: '30 2 * * *',
        'time-zone': 'Europe/Berlin',
        want: 'crash',
        'copy-to': ['northeurope', 'westus'],
        'max-machines': 5,
        'max-deletes': '10%',
        'keep-daily': 7,
        'keep-within': '2d',
        'trash-days': 0,
      }),
    );
    const file = `
name: dev
selector:
  resourceGroups: [a, b]
  tags: { environment: [dev, test], team: x }
  excludeTags: { holdfast: [] }
  classes: [dev-test]
option: disk-snapshot
schedule: { cron: '30 2 * * *', timeZone: Europe/Berlin }
consistency: { want: crash }
copies: [{ region: northeurope }, { region: westus }]
limits: { maxMachines: 5, maxDeletes: 10% }
retention: { keepDaily: 7, keepWithin: 2d, trashDays: 0 }
`;
    expect(job).toEqual(parseJob(file, 'job.yaml').job);
  });

  it('is refused with a tag whose name would be lost, which would leave every machine selected', async () => {
    for (const flag of ['tag', 'exclude-tag'] as const)
      expect(await wrong({ window: '24h', [flag]: ['__proto__=dev'] })).toEqual([
        `--${flag} cannot go by a tag that is called __proto__ · choose machines by another tag`,
      ]);
  });

  it('has a name of its own, which what is kept does not change, and what is taken does', async () => {
    const name = async (given: Partial<JobFlags>) => (await jobOfFlags(flags(given))).name;
    const daily = await name({ window: '24h', tag: ['a=b'] });
    expect(daily).toMatch(/^job-[0-9a-f]{8}$/);
    expect(await name({ window: '24h', tag: ['a=b'], 'keep-daily': 7, 'trash-days': 1, 'max-deletes': '5' })).toBe(
      daily,
    );
    expect(await name({ window: '24h', tag: ['a=c'] })).not.toBe(daily);
    expect(await name({ window: '12h', tag: ['a=b'] })).not.toBe(daily);
    expect(await name({ window: '24h', tag: ['a=b'], option: 'restore-point' })).not.toBe(daily);
    expect(await name({ window: '24h', tag: ['a=b'], name: 'mine' })).toBe('mine');
  });

  it('says which flags were given', () => {
    expect(givenJobFlags(flags({}))).toEqual([]);
    expect(givenJobFlags(flags({ tag: ['a=b'], 'trash-days': 0 }))).toEqual(['tag', 'trash-days']);
  });

  it.each<readonly [shows: string, given: Partial<JobFlags>, says: RegExp]>([
    ['nothing that says when', { tag: ['a=b'] }, /nothing says when · .*--window/],
    ['two that say when', { window: '24h', schedule: '0 0 * * *' }, /exclude each other/],
    ['a window that does not divide a day', { window: '5h' }, /^--window: a day cannot be cut/],
    ['a schedule that is none', { schedule: 'daily' }, /^--schedule: .*no schedule/],
    ['a zone that does not exist', { window: '24h', 'time-zone': 'Mars' }, /^--time-zone: "Mars" is no time zone/],
    ['a tag without a value', { window: '24h', tag: ['a'] }, /^--tag: names no value/],
    ['a tag given twice', { window: '24h', tag: ['a=b', 'a=c'] }, /--tag a was given twice · write a=value1,value2/],
    ['a region for people', { window: '24h', 'copy-to': ['North Europe'] }, /^--copy-to: .*northeurope/],
    ['a name with a space', { window: '24h', name: 'my job' }, /^--name: .*hyphens/],
    ['a percentage of more than all', { window: '24h', 'max-deletes': '200%' }, /^--max-deletes: .*percent/],
    ['a length that is none', { window: '24h', 'keep-within': 'soon' }, /^--keep-within soon is no length/],
    ['copies of what a vault keeps', { window: '24h', option: 'azure-backup', 'copy-to': ['a'] }, /^--copy-to: /],
  ])('%s is told by its flag', async (_, given, says) => {
    const told = await wrong(given);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(says);
  });
});
