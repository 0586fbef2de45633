/** A job file: what it means, and every mistake in it with its place and what to do. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobJsonSchema } from '../../../src/build/generate-schema.ts';
import { judgeJob, parseJob } from '../../../src/core/job/job-file.ts';
import { wordsAreTheTypes } from '../../../src/core/job/job-schema.ts';

const config = join(import.meta.dirname, '..', '..', '..', 'config');
const lines = (...texts: readonly string[]): string => `${texts.join('\n')}\n`;
const daily = (...texts: readonly string[]) => parseJob(lines('name: daily', 'window: 24h', ...texts), 'job.yaml');

describe('a job file', () => {
  it('says little: the rest has defaults', () => {
    expect(daily()).toEqual({
      job: {
        name: 'daily',
        selector: { subscriptions: [], resourceGroups: [], tags: {}, excludeTags: {}, classes: [] },
        option: 'auto',
        consistency: { want: 'any', otherwise: 'fail' },
        timing: { kind: 'window', lengthMinutes: 1440, timeZone: 'UTC' },
        retention: {},
        trashDays: 7,
        copies: [],
        limits: {},
        notify: [],
      },
      problems: [],
    });
  });

  it('says all that a job can', () => {
    const { job, problems } = parseJob(
      lines(
        'name: all',
        'selector:',
        '  subscriptions: [a]',
        '  resourceGroups: [b]',
        '  tags: { environment: [dev, test], team: x }',
        '  excludeTags: { holdfast: [] }',
        '  classes: [dev-test]',
        'option: disk-snapshot',
        'consistency: { want: application, otherwise: weaker-with-finding }',
        'hooks: { pre: fsfreeze -f /data, post: fsfreeze -u /data, timeout: 90s, onError: continue }',
        'schedule: { cron: "30 2 * * *", timeZone: W. Europe Standard Time }',
        'retention: { keepDaily: 7, keepWithin: 2d, trashDays: 0 }',
        'copies: [{ region: northeurope, retention: { keepLast: 1 } }, { region: westus }]',
        'limits: { maxMachines: 5, maxDeletes: 10% }',
        'notify: [{ kind: webhook, urlEnv: A, secretFile: b }]',
      ),
      'job.yaml',
    );
    expect(problems).toEqual([]);
    expect(job).toEqual({
      name: 'all',
      selector: {
        subscriptions: ['a'],
        resourceGroups: ['b'],
        tags: { environment: ['dev', 'test'], team: ['x'] },
        excludeTags: { holdfast: [] },
        classes: ['dev-test'],
      },
      option: 'disk-snapshot',
      consistency: { want: 'application', otherwise: 'weaker-with-finding' },
      hooks: { pre: 'fsfreeze -f /data', post: 'fsfreeze -u /data', timeoutSeconds: 90, onError: 'continue' },
      timing: { kind: 'schedule', cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
      retention: { keepDaily: 7, keepWithin: '2d' },
      trashDays: 0,
      copies: [{ region: 'northeurope', retention: { keepLast: 1 } }, { region: 'westus' }],
      limits: { maxMachines: 5, maxDeletes: { percent: 10 } },
      notify: [{ kind: 'webhook', urlEnv: 'A', secretFile: 'b', on: ['failure', 'late', 'recovered'] }],
    });
  });

  it.each(readdirSync(join(config, 'jobs')))('the example %s has no problem', (name) => {
    const { job, problems } = parseJob(readFileSync(join(config, 'jobs', name), 'utf8'), name);
    expect(problems).toEqual([]);
    expect(`${job?.name}.yaml`).toBe(name);
  });

  it('has a JSON Schema that says the same as the code', () => {
    expect(readFileSync(join(config, 'job.schema.json'), 'utf8')).toBe(jobJsonSchema());
    expect(wordsAreTheTypes).not.toContain(false);
  });
});

describe('a mistake in a job file is told with its place and a remedy', () => {
  const cases: readonly (readonly [shows: string, text: string, problem: string, says: RegExp])[] = [
    ['an empty file', '', '1:1 job-invalid', /a job file is a map/],
    ['bad YAML', 'name: [a', '1:9 yaml-syntax', /not valid YAML/],
    ['no name', 'window: 24h\n', '1:1 job-missing', /name: is missing/],
    ['a name with a space', 'name: my job\nwindow: 24h\n', '1:7 job-invalid', /joined by hyphens/],
    ['nothing that says when', 'name: a\n', '1:1 job-invalid', /nothing says when/],
    [
      'two things that say when',
      'name: a\nwindow: 24h\nschedule: { cron: "0 0 * * *" }\n',
      '2:1 job-invalid',
      /Keep one/,
    ],
    ['a misspelt key', 'name: a\nwindow: 24h\nretention:\n  keepDayly: 7\n', '4:3 job-unknown-key', /mean "keepDaily"/],
    ['a misspelt part', 'name: a\nwindow: 24h\nselectors: {}\n', '3:1 job-unknown-key', /mean "selector"/],
    [
      'a bare true as the value of a tag',
      'name: a\nwindow: 24h\nselector: { tags: { dr: true } }\n',
      '3:25 job-invalid',
      /./,
    ],
    ['a tag without a value', 'name: a\nwindow: 24h\nselector: { tags: { dr: [] } }\n', '3:21 job-invalid', /no value/],
    [
      'a comma in the value of a tag',
      'name: a\nwindow: 24h\nselector: { tags: { dr: "a,b" } }\n',
      '3:25 job-invalid',
      /comma/,
    ],
    ['a schedule that is none', 'name: a\nschedule: { cron: "61 * * * *" }\n', '2:19 job-invalid', /no schedule/],
    ['six fields', 'name: a\nschedule: { cron: "0 0 0 * * *" }\n', '2:19 job-invalid', /five fields/],
    ['a schedule that is never due', 'name: a\nschedule: { cron: "0 0 30 2 *" }\n', '2:19 job-invalid', /never due/],
    [
      'a schedule that means another moment each time',
      'name: a\nschedule: { cron: "? 2 * * *" }\n',
      '2:19 job-invalid',
      /star/,
    ],
    [
      'a zone that does not exist',
      'name: a\nschedule: { cron: "0 2 * * *", timeZone: Mars }\n',
      '2:42 job-invalid',
      /tz database/,
    ],
    [
      'an offset in the place of a zone',
      'name: a\nwindow: { length: 24h, timeZone: "+02:00" }\n',
      '2:34 job-invalid',
      /no time zone/,
    ],
    ['a window that does not divide a day', 'name: a\nwindow: 5h\n', '2:9 job-invalid', /cannot be cut/],
    ['a window of a day and a half', 'name: a\nwindow: 36h\n', '2:9 job-invalid', /cannot be cut/],
    ['a window without a unit', 'name: a\nwindow: 24\n', '2:9 job-invalid', /./],
    [
      'a script that may take too long',
      'name: a\nwindow: 24h\nhooks: { pre: x, timeout: 2h }\n',
      '3:27 job-invalid',
      /90m/,
    ],
    ['hooks without a script', 'name: a\nwindow: 24h\nhooks: { timeout: 1m }\n', '3:1 job-invalid', /neither/],
    [
      'a region written for people',
      'name: a\nwindow: 24h\ncopies: [{ region: North Europe }]\n',
      '3:20 job-invalid',
      /northeurope/,
    ],
    ['a region twice', 'name: a\nwindow: 24h\ncopies: [{ region: a }, { region: a }]\n', '3:35 job-invalid', /twice/],
    [
      'copies of what a vault keeps',
      'name: a\nwindow: 24h\noption: azure-backup\ncopies: [{ region: a }]\n',
      '4:1 job-invalid',
      /vault/,
    ],
    [
      'hooks of what has its own',
      'name: a\nwindow: 24h\noption: azure-backup\nhooks: { pre: x }\n',
      '4:1 job-invalid',
      /scripts/,
    ],
    [
      'a receiver without an address',
      'name: a\nwindow: 24h\nnotify: [{ kind: slack }]\n',
      '3:10 job-invalid',
      /no address/,
    ],
    [
      'a receiver with two addresses',
      'name: a\nwindow: 24h\nnotify: [{ kind: slack, urlEnv: A, urlFile: b }]\n',
      '3:10 job-invalid',
      /several/,
    ],
    [
      'an address in the clear',
      'name: a\nwindow: 24h\nnotify: [{ kind: webhook, url: "http://x.example" }]\n',
      '3:32 job-invalid',
      /https/,
    ],
    [
      'a key for a chat',
      'name: a\nwindow: 24h\nnotify: [{ kind: teams, urlEnv: A, secretEnv: B }]\n',
      '3:10 job-invalid',
      /no signature/,
    ],
    [
      'a secret in the file',
      'name: a\nwindow: 24h\nnotify: [{ kind: webhook, urlEnv: A, secret: x }]\n',
      '3:38 job-unknown-key',
      /secretEnv/,
    ],
    [
      'a percentage of more than all',
      'name: a\nwindow: 24h\nlimits: { maxDeletes: 120% }\n',
      '3:23 job-invalid',
      /percent/,
    ],
    [
      'days in the trash that are less than none',
      'name: a\nwindow: 24h\nretention: { trashDays: -1 }\n',
      '3:25 job-invalid',
      /limits/,
    ],
  ];

  it.each(cases)('%s', (_, text, problem, says) => {
    const { job, problems } = parseJob(text, 'job.yaml');
    expect(job).toBeUndefined();
    expect(problems.map(({ at, code }) => `${at?.line}:${at?.column} ${code}`)).toEqual([problem]);
    expect(`${problems[0]?.summary} ${problems[0]?.remedy}`).toMatch(says);
    expect(problems[0]?.remedy).toBeTruthy();
  });

  it('all of them at once, in their order', () => {
    const { problems } = daily('option: tape', 'retention: { keepDaily: 0 }', 'limit: {}');
    expect(problems.map(({ at, code }) => `${at?.line}:${at?.column} ${code}`)).toEqual([
      '3:9 job-invalid',
      '4:25 job-invalid',
      '5:1 job-unknown-key',
    ]);
  });

  it('a value that is no map is judged, not thrown at', () => {
    for (const value of [undefined, null, 3, 'x', []]) expect(judgeJob(value).issues.length).toBeGreaterThan(0);
  });
});
