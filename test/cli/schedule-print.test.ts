/** What schedulers are told of a job is held against what reads it: croner, systemd's own checker, a YAML parser. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cron } from 'croner';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { clockTimesOf, inZone } from '../../src/core/job/clock-times.ts';
import type { Timing } from '../../src/core/job/job.ts';
import { duesBetween } from '../../src/core/job/windows.ts';
import { dayMs, hourMs, minuteMs, toInstant } from '../../src/core/time.ts';
import { cronFields } from '../../src/report/schedule/cron-fields.ts';
import { holdfast, root, temporaryFolder } from '../e2e/rig.ts';

const folder = temporaryFolder();
const nowMs = Date.UTC(2026, 0, 10, 12);

const jobFile = (...lines: readonly string[]): string => {
  const path = join(folder, 'job.yaml');
  writeFileSync(path, ['name: nightly', ...lines, ''].join('\n'));
  return path;
};
const print = async (scheduler: string, lines: readonly string[], ...flags: readonly string[]): Promise<string> => {
  const { code, out, err } = await holdfast(['schedule', 'print', jobFile(...lines), '--for', scheduler, ...flags]);
  expect(code, err).toBe(0);
  return out;
};
const berlin = ["schedule: { cron: '30 2 * * *', timeZone: Europe/Berlin }"];

const cron = (text: string, timeZone: string): Timing => ({ kind: 'schedule', cron: text, timeZone });
const every = (lengthMinutes: number, timeZone: string): Timing => ({ kind: 'window', lengthMinutes, timeZone });
const timings: readonly Timing[] = [
  cron('30 2 * * *', 'Europe/Berlin'),
  cron('0 0 * * MON', 'Europe/Berlin'),
  cron('30 22 * * MON-FRI', 'America/New_York'),
  cron('15 1 1 * *', 'Asia/Tokyo'),
  cron('0 1 1,15 * MON', 'Europe/Berlin'),
  cron('0 3 * 1,7 *', 'Australia/Sydney'),
  cron('*/20 6-8 * * *', 'Asia/Kathmandu'),
  every(240, 'Europe/Berlin'),
  every(60, 'Australia/Lord_Howe'),
  every(1440, 'America/Santiago'),
  every(7 * 1440, 'Europe/Berlin'),
  every(2 * 1440, 'UTC'),
];

/** Whether a cron in that zone, told these lines, runs within so much time after a moment. */
const runsAfter = (lines: readonly string[], zone: string, ms: number, withinMs: number): boolean =>
  lines.some((line) => {
    const next = new Cron(line, { timezone: zone, mode: '5-part' }).nextRun(new Date(ms - 1000));
    return next !== null && next.getTime() - ms <= withinMs;
  });

describe('lines of cron', () => {
  const pairs = timings.flatMap((timing) =>
    ['UTC', 'Europe/Berlin', 'America/New_York'].map((host) => {
      const what = timing.kind === 'schedule' ? timing.cron : `every ${timing.lengthMinutes} min`;
      return { timing, host, what: `${what} of ${timing.timeZone}` };
    }),
  );

  it.each(pairs)('whenever $what is due, a cron that keeps $host runs a minute later', ({ timing, host }) => {
    const lines = cronFields(inZone(clockTimesOf(timing)!, timing.timeZone, host, 1, nowMs));
    const dues = [...duesBetween(timing, nowMs, nowMs + 366 * dayMs)];
    expect(dues.length).toBeGreaterThan(5);
    const some = dues.filter((_, i) => i % Math.ceil(dues.length / 400) === 0);
    // A time that clocks leave out or repeat is due for cron at another one: within the hour, and twice a year at most.
    expect(some.filter((due) => !runsAfter(lines, host, due, hourMs + minuteMs)).map(toInstant)).toEqual([]);
    expect(some.filter((due) => !runsAfter(lines, host, due + minuteMs, 0)).length).toBeLessThanOrEqual(4);
  });

  it('in the zone of the job, they run when it is due and at no other time', () => {
    for (const timing of timings.filter(({ timeZone }) => timeZone === 'Europe/Berlin')) {
      const lines = cronFields(inZone(clockTimesOf(timing)!, timing.timeZone, 'Europe/Berlin', 0, nowMs));
      const from = Date.UTC(2026, 3, 5);
      const to = Date.UTC(2026, 5, 5);
      const runs = lines.flatMap((line) => {
        const schedule = new Cron(line, { timezone: 'Europe/Berlin', mode: '5-part' });
        return schedule.nextRuns(2000, new Date(from)).map((run) => run.getTime());
      });
      const dues = [...duesBetween(timing, from, to)];
      expect(runs.filter((run) => run < to).toSorted((a, b) => a - b)).toEqual(dues);
    }
  });

  it('a daily job in Berlin has both hours of UTC, and says what the second is for', async () => {
    const text = await print('cron', berlin);
    expect(text).toContain('\n31 0,1 * * * /usr/local/bin/holdfast job run /etc/holdfast/jobs/nightly.yaml --yes\n');
    expect(text).toMatch(/Debian's and Ubuntu's cron ignore CRON_TZ/);
    expect(text).toMatch(/a run that is not due finds its point/);
    const there = await print('cron', berlin, '--host-zone', 'Europe/Berlin', '--delay', '0');
    expect(there).toContain('\n30 2 * * * /usr/local/bin/holdfast');
    expect(there).not.toMatch(/CRON_TZ/);
  });

  it('quotes what a shell would split and what cron would cut', async () => {
    const text = await print(
      'cron',
      ['window: 1d'],
      '--command',
      'node /opt/holdfast/src/cli/bin.mjs',
      '--job-file',
      "/srv/o'brien/100%.yaml",
      '--working-directory',
      '/srv/the jobs',
    );
    expect(text).toContain(
      String.raw`1 0 * * * cd '/srv/the jobs' && node /opt/holdfast/src/cli/bin.mjs job run '/srv/o'\''brien/100\%.yaml' --yes`,
    );
  });

  it('a window of two days is asked for daily, and says so', async () => {
    expect(await print('cron', ['window: 2d'])).toMatch(/On more days than the job is due[\s\S]*\n1 0 \* \* \* /);
  });

  it('names the variables that the job reads, and prints no secret', async () => {
    const notify = 'notify: [{ kind: webhook, urlEnv: HOOK_URL, secretEnv: HOOK_KEY }]';
    for (const scheduler of ['cron', 'systemd', 'github-actions'])
      expect(await print(scheduler, ['window: 1d', notify])).toMatch(/HOOK_URL[\s\S]*HOOK_KEY/);
  });
});

const checker = 'systemd-analyze';
const hasSystemd = spawnSync(checker, ['--version']).status === 0;
if (!hasSystemd) console.log('units are not verified: this machine has no systemd-analyze');

/** Units by name, as the comments above them say. */
const unitsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split(/^# \/etc\/systemd\/system\//m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)] as const),
  );

describe('units of systemd', () => {
  it('keep the zone of the job and name its times in UTC, and keep its state where systemd keeps it', async () => {
    const units = unitsOf(await print('systemd', berlin));
    expect([...units.keys()]).toEqual(['holdfast-nightly.service', 'holdfast-nightly.timer']);
    const timer = units.get('holdfast-nightly.timer')!;
    expect([...timer.matchAll(/^OnCalendar=(.*)$/gm)].map(([, event]) => event)).toEqual([
      '*-*-* 02:31:00 Europe/Berlin',
      '*-*-* 00,01:31:00 UTC',
      '*-*-* 01:01:00 UTC',
    ]);
    expect(timer.replaceAll('\n# ', ' ')).toMatch(/ The same in UTC[^\n]*systemd misses a time that clocks skip/);
    expect(timer).toMatch(/^Persistent=true$/m);
    const service = units.get('holdfast-nightly.service');
    expect(service).toMatch(/^StateDirectory=holdfast$/m);
    expect(service).toMatch(/^Environment=AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential$/m);
    expect(service).toMatch(/^DynamicUser=yes$/m);
  });

  it('escape what systemd would take for a specifier or a variable', async () => {
    const units = unitsOf(await print('systemd', ['window: 1d'], '--job-file', '/srv/a $HOME/100%.yaml'));
    expect(units.get('holdfast-nightly.service')).toContain('job run "/srv/a $$HOME/100%%.yaml" --yes');
  });

  it('leave a run that is stopped the time to end one script and to thaw by another, twice if need be, and say that it does', async () => {
    const plain = unitsOf(await print('systemd', berlin)).get('holdfast-nightly.service')!;
    expect(plain).toMatch(/^TimeoutStopSec=120$/m);
    expect(plain.replaceAll('\n# ', ' ')).toMatch(/thaws what it froze before it leaves/);
    const hooks = 'hooks: { pre: freeze, post: thaw, timeout: 90s }';
    const frozen = unitsOf(await print('systemd', ['window: 1d', hooks])).get('holdfast-nightly.service');
    expect(frozen).toMatch(/^TimeoutStopSec=390$/m);
  });

  it.skipIf(!hasSystemd)('satisfy systemd-analyze verify', async () => {
    for (const lines of [berlin, ['window: 4h'], ["schedule: { cron: '0 1 1,15 1,7 MON' }"]]) {
      const where = join(folder, 'units');
      mkdirSync(where, { recursive: true });
      const units = unitsOf(await print('systemd', lines, '--command', '/bin/true'));
      const paths = [...units].map(([name, text]) => {
        writeFileSync(join(where, name), text);
        return join(where, name);
      });
      const { status, stdout, stderr } = spawnSync(checker, ['verify', '--man=no', ...paths], {
        encoding: 'utf8',
      });
      const about = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('holdfast'));
      expect([status, about]).toEqual([0, []]);
    }
  });
});

interface Workflow {
  readonly on: { readonly schedule: readonly { readonly cron: string }[] };
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly 'cancel-in-progress': boolean };
  readonly jobs: { readonly run: { readonly steps: readonly Step[] } };
}
interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

describe('a workflow of GitHub Actions', () => {
  it('is YAML that logs in by a federated identity, and holds no secret of Azure', async () => {
    const text = await print('github-actions', berlin, '--job-file', 'jobs/nightly.yaml');
    const workflow = parse(text) as Workflow;
    expect(workflow.on.schedule).toEqual([{ cron: '31 0,1 * * *' }]);
    expect(workflow.permissions).toEqual({ 'id-token': 'write', contents: 'read' });
    expect(workflow.concurrency['cancel-in-progress']).toBe(false);
    const { steps } = workflow.jobs.run;
    const uses = steps.flatMap((step) => step.uses ?? []);
    expect(uses.filter((each) => !/^[\w-]+\/[\w-]+@v\d+$/.test(each))).toEqual([]);
    expect(steps.find((step) => step.uses === 'azure/login@v2')?.with).toEqual({
      'client-id': '${{ vars.AZURE_CLIENT_ID }}',
      'tenant-id': '${{ vars.AZURE_TENANT_ID }}',
      'subscription-id': '${{ vars.AZURE_SUBSCRIPTION_ID }}',
    });
    expect(text).not.toMatch(/client-secret|secrets\./);
    expect(steps.at(-1)?.run).toBe('node holdfast/src/cli/bin.mjs job run jobs/nightly.yaml --yes --history none');
    expect(steps.at(-1)?.env).toEqual({ HOLDFAST_STATE_DIR: '${{ runner.temp }}/holdfast' });
  });

  it('takes a path for what it is, though it looks like an expression, and a command as it is given', async () => {
    const flags = ['--job-file', 'jobs/${{ secrets.KEY }}.yaml', '--command', '${{ vars.HOLDFAST }}'];
    const { steps } = (parse(await print('github-actions', berlin, ...flags)) as Workflow).jobs.run;
    // What GitHub makes of it: the literal that the expression names.
    expect(steps.at(-1)?.run?.replaceAll("${{ '${{' }}", '<open>')).toBe(
      "${{ vars.HOLDFAST }} job run 'jobs/<open> secrets.KEY }}.yaml' --yes --history none",
    );
  });

  it('warns where hooks would outlive the runner', async () => {
    const text = await print('github-actions', ['window: 1d', 'hooks: { pre: freeze, post: thaw }']);
    expect(text.replaceAll('\n# ', ' ')).toMatch(/no later run knows of it/);
    expect(parse(text)).toHaveProperty('jobs.run');
  });
});

describe('schedule print', () => {
  it.each([
    ['without a scheduler', ["window: '1d'"], [], /give --for cron/],
    ['of a last day of the month', ["schedule: { cron: '0 0 L * *' }"], ['--for', 'cron'], /only holdfast understands/],
    ['of a second Tuesday', ["schedule: { cron: '0 0 * * TUE#2' }"], ['--for', 'systemd'], /only holdfast understands/],
    ['for a zone that does not exist', ['window: 1d'], ['--for', 'cron', '--host-zone', 'Mars'], /no time zone/],
    ['with a second line smuggled in', ['window: 1d'], ['--for', 'cron', '--job-file', 'a\n* * * * * b'], /line break/],
    ['of a job that is invalid', ['window: 5h'], ['--for', 'cron'], /job\.yaml:2:9/],
  ])('%s is refused', async (_, lines, flags, says) => {
    const { code, err } = await holdfast(['schedule', 'print', jobFile(...lines), ...flags]);
    expect(code).toBe(2);
    expect(err).toMatch(says);
  });

  it('prints the shipped examples for every scheduler', async () => {
    for (const name of ['dev-daily', 'shop-four-hourly'])
      for (const scheduler of ['cron', 'systemd', 'github-actions']) {
        const file = join(root, 'config', 'jobs', `${name}.yaml`);
        expect((await holdfast(['schedule', 'print', file, '--for', scheduler])).code).toBe(0);
      }
  });
});
