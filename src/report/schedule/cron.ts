/** Lines of a crontab. Only what every cron understands is used; zones are reckoned beforehand, since many crons ignore CRON_TZ. */
import { inZone } from '../../core/job/clock-times.ts';
import { cronFields } from './cron-fields.ts';
import { comment, dueText, shellWord, variablesOf, type ScheduleRequest } from './request.ts';

/** `hostZone`: the zone that the host's cron keeps. */
export const cronText = (request: ScheduleRequest, hostZone: string): string => {
  const { job, jobFile, command, workingDirectory, times, delayMinutes, madeBy, nowMs } = request;
  const zone = job.timing.timeZone;
  const all = inZone(times, zone, hostZone, delayMinutes, nowMs);
  const run = `${command} job run ${shellWord(jobFile)} --yes`;
  const line = workingDirectory === undefined ? run : `cd ${shellWord(workingDirectory)} && ${run}`;
  const elsewhere = zone !== hostZone;
  const variables = variablesOf(job);
  const notes = [
    `holdfast job ${job.name}, due: ${dueText(job)}. Printed by ${madeBy}.`,
    elsewhere
      ? `For a host whose cron keeps ${hostZone}: Debian's and Ubuntu's cron ignore CRON_TZ and keep the host's zone (see timedatectl), so the times are reckoned for it. Where clocks of the two zones do not differ by the same all year, all differences are here: a run that is not due finds its point there, and makes none.`
      : `For a host whose cron keeps ${hostZone} (see timedatectl).`,
    ...(delayMinutes > 0
      ? [`${delayMinutes} min after the window's begin, as the host's clock may be ahead of Azure's.`]
      : []),
    ...(all.some(({ widened }) => widened)
      ? ['On more days than the job is due, since these fields cannot say which; the run finds that out.']
      : []),
    ...(variables.length > 0
      ? [`The job reads ${variables.join(' and ')} from its environment: set it where only this user can read it.`]
      : []),
    'Cron mails what is written; exit codes are in `holdfast job --help`.',
  ];
  return [
    ...notes.map((note) => comment(note)),
    'PATH=/usr/local/bin:/usr/bin:/bin',
    // A percent sign is the end of a line to cron.
    ...cronFields(all).map((fields) => `${fields} ${line.replaceAll('%', String.raw`\%`)}`),
    '',
  ].join('\n');
};
