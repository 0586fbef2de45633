/** What a scheduler is told of a job. */
import type { ClockTimes } from '../../core/job/clock-times.ts';
import type { Job } from '../../core/job/job.ts';

export interface ScheduleRequest {
  readonly job: Job;
  readonly times: ClockTimes;
  /** As seen from where it runs. */
  readonly jobFile: string;
  readonly command: string;
  readonly workingDirectory?: string;
  /** After a window's begin: a host's clock may be ahead of Azure's, and would run in the window before. */
  readonly delayMinutes: number;
  /** `holdfast 0.1.0`. */
  readonly madeBy: string;
  /** Zones change their clocks; the two years from here count. */
  readonly nowMs: number;
}

/** `30 2 * * * (Europe/Berlin)`. */
export const dueText = ({ timing }: Job): string => {
  if (timing.kind === 'schedule') return `${timing.cron} (${timing.timeZone})`;
  const { lengthMinutes: minutes, timeZone } = timing;
  const length =
    minutes % 1_440 === 0 ? `${minutes / 1_440} d` : minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
  return `windows of ${length} (${timeZone})`;
};

/** A word of a POSIX shell. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Variables that the job's receivers read their addresses and keys from. */
export const variablesOf = ({ notify }: Job): readonly string[] =>
  [...new Set(notify.flatMap(({ urlEnv, secretEnv }) => [urlEnv, secretEnv]))].filter((name) => name !== undefined);

/** Lines of comment, each at most so wide. */
export const comment = (text: string, width = 100): string => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length + 3 > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.map((line) => `# ${line}`).join('\n');
};
