/** A service and a timer of systemd, hardened; the timer keeps the job's own zone. */
import type { Job } from '../../core/job/job.ts';
import { calendarOf } from './on-calendar.ts';
import { comment, dueText, variablesOf, type ScheduleRequest } from './request.ts';

/** Both units, each under a comment with the path that it belongs to. */
export const systemdText = (request: ScheduleRequest): string => {
  const unit = `holdfast-${request.job.name}`;
  return [
    `# /etc/systemd/system/${unit}.service`,
    serviceText(request),
    `# /etc/systemd/system/${unit}.timer`,
    timerText(request),
    comment(`Then: systemctl daemon-reload && systemctl enable --now ${unit}.timer`),
    '',
  ].join('\n');
};

/** https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html. Node writes code of its own, so W^X stays out. */
export const hardening: readonly string[] = [
  'DynamicUser=yes',
  'UMask=0077',
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'AmbientCapabilities=',
  'ProtectSystem=strict',
  'ProtectHome=yes',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'ProtectClock=yes',
  'ProtectHostname=yes',
  'ProtectControlGroups=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectProc=invisible',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'RemoveIPC=yes',
  'LockPersonality=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged',
  'SystemCallErrorNumber=EPERM',
];

const serviceText = ({ job, jobFile, command, workingDirectory, madeBy }: ScheduleRequest): string => {
  const variables = variablesOf(job);
  const needs = variables.length === 0 ? '' : ` The job needs ${variables.join(' and ')}.`;
  return [
    comment(`Printed by ${madeBy}.`),
    '[Unit]',
    `Description=holdfast job ${job.name}`,
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${unitCommand(command)} job run ${unitWord(jobFile)} --yes`,
    ...(workingDirectory === undefined ? [] : [`WorkingDirectory=${unitPath(workingDirectory)}`]),
    comment(
      "Journals of runs that were cut short, the lock and the history: holdfast finds the folder by systemd's variable.",
    ),
    'StateDirectory=holdfast',
    'StateDirectoryMode=0700',
    comment(
      `The machine's managed identity is the login. One of several is named by AZURE_CLIENT_ID, in a file that only root can read.${needs}`,
    ),
    'Environment=AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential',
    'EnvironmentFile=-/etc/holdfast/environment',
    comment(
      'Asked to stop, a run begins nothing new, and thaws what it froze before it leaves. What takes longer than this is killed: the next run ends what it began, and thaws first.',
    ),
    `TimeoutStopSec=${stopSeconds(job)}`,
    ...hardening,
    '',
  ].join('\n');
};

/** Each script may take its whole time: the one that is under way, the thaw, and its second try; the rest is asking Azure. */
const stopSeconds = ({ hooks }: Job): number => 120 + 3 * (hooks?.timeoutSeconds ?? 0);

const timerText = ({ job, times, delayMinutes, madeBy, nowMs }: ScheduleRequest): string => {
  const { inZone, inUtc, widened } = calendarOf(job.timing, times, delayMinutes, nowMs);
  return [
    comment(`Printed by ${madeBy}. Due: ${dueText(job)}.`),
    '[Unit]',
    `Description=holdfast job ${job.name}, when it is due`,
    '',
    '[Timer]',
    ...(delayMinutes > 0
      ? [comment(`${delayMinutes} min after the window's begin, as the host's clock may be ahead of Azure's.`)]
      : []),
    ...(widened
      ? [comment('On more days than the job is due; a run that is not due finds its point there, and makes none.')]
      : []),
    ...inZone.map(onCalendar),
    ...(inUtc.length > 0 ? [comment(whyInUtc), ...inUtc.map(onCalendar)] : []),
    comment('After the host was off, what was missed is run once.'),
    'Persistent=true',
    'AccuracySec=30s',
    '',
    '[Install]',
    'WantedBy=timers.target',
    '',
  ].join('\n');
};

const onCalendar = (event: string): string => `OnCalendar=${event}`;

const whyInUtc =
  "The same in UTC, for each difference of the zone's clocks: by a zone systemd misses a time that clocks skip and one of two that are alike, and this host's table of zones may be an old one. A run that is not due finds its point there, and makes none.";

/** A percent sign begins a specifier, and a dollar sign a variable. */
const unitText = (text: string): string => text.replaceAll('%', '%%').replaceAll('$', '$$$$');
const unitCommand = (command: string): string => unitText(command);
const unitPath = (path: string): string => path.replaceAll('%', '%%');
const unitWord = (text: string): string => {
  const escaped = unitText(text)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`);
  return /[\s"'\\]/.test(text) ? `"${escaped}"` : escaped;
};
