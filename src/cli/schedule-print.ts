/** `holdfast schedule print`: a job's due moments in the words of a scheduler. */
import { clockTimesOf } from '../core/job/clock-times.ts';
import { timeZoneOf } from '../core/job/job-check.ts';
import { UsageError } from '../core/problem.ts';
import { cronText } from '../report/schedule/cron.ts';
import { githubActionsText } from '../report/schedule/github-actions.ts';
import type { ScheduleRequest } from '../report/schedule/request.ts';
import { systemdText } from '../report/schedule/systemd.ts';
import type { Context } from './context.ts';
import { readJobFile } from './job-source.ts';

interface PrintFlags {
  readonly command: string | undefined;
  readonly 'job-file': string | undefined;
  readonly 'working-directory': string | undefined;
  readonly 'host-zone': string;
  readonly delay: number;
}

export const printSchedule = async (
  file: string,
  scheduler: string,
  flags: PrintFlags,
  context: Context,
): Promise<string> => {
  const job = await readJobFile(file, context);
  const times = clockTimesOf(job.timing);
  if (times === undefined)
    throw usage(
      file,
      'only holdfast understands this schedule: last days, nearest weekdays and numbered weekdays are said by no other cron',
      'have the job run daily, and let it find out whether it is due',
    );
  const github = scheduler === 'github-actions';
  const workingDirectory = flags['working-directory'];
  const request: ScheduleRequest = {
    job,
    times,
    jobFile: flags['job-file'] ?? (github ? file : `/etc/holdfast/jobs/${job.name}.yaml`),
    command: flags.command ?? (github ? 'node holdfast/src/cli/bin.mjs' : '/usr/local/bin/holdfast'),
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
    delayMinutes: flags.delay,
    madeBy: `holdfast ${context.version}`,
    nowMs: Date.now(),
  };
  refuseLineBreaks(request);
  if (github) return githubActionsText(request);
  if (scheduler === 'systemd') return systemdText(request);
  const hostZone = timeZoneOf(flags['host-zone']);
  if (hostZone === undefined)
    throw usage(
      '--host-zone',
      `"${flags['host-zone']}" is no time zone`,
      'give one of the tz database, as Europe/Berlin',
    );
  return cronText(request, hostZone);
};

/** Each is one line of a crontab or unit; a second one would be an instruction of its own. */
const refuseLineBreaks = ({ command, jobFile, workingDirectory = '' }: ScheduleRequest): void => {
  const broken = [command, jobFile, workingDirectory].find((text) => /[\r\n]/.test(text));
  if (broken !== undefined) throw usage('command line', `${JSON.stringify(broken)} holds a line break`, 'leave it out');
};

const usage = (subject: string, summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject, summary, remedy }]);
