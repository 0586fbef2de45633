/** Whether the newest point would bring back what the class needs: `inconsistent`, `partial`; `unknown` where Azure told it in words not known. */
import { presenceOf, unknownText, type Assessment } from '../assessment.ts';
import type { Finding } from '../audit.ts';
import { counted, listed } from '../duration.ts';
import type { Consistency } from '../estate.ts';
import type { EstateView } from '../estate-view.ts';
import type { OptionId } from '../option.ts';
import type { Protection } from '../protection.ts';
import { momentText } from '../time.ts';
import { isDiskExcluded } from '../exclusion.ts';
import { findingOn, milder, worse } from './finding.ts';
import { withArticle } from '../option-name.ts';

export const qualityFindings = (assessment: Assessment, view: EstateView): readonly Finding[] =>
  assessment.results.flatMap((result) => {
    const presence = presenceOf(assessment, result, view.estate);
    if (presence.kind !== 'present') return [];
    const { protection } = presence;
    return [
      ...inconsistent(assessment, protection),
      ...untold(assessment, protection),
      ...partial(assessment, protection, view),
    ];
  });

/** Images are taken of machines that are off; Site Recovery's points have an objective of their own. */
const withConsistency: ReadonlySet<OptionId> = new Set(['azure-backup', 'disk-snapshot', 'restore-point']);

/** A point of the first kind is worth no less than one of the second. */
export const isAtLeast = (got: Consistency, needed: Consistency): boolean =>
  got !== 'unknown' && needed !== 'unknown' && strength[got] >= strength[needed];

const strength: Readonly<Record<Exclude<Consistency, 'unknown'>, number>> = {
  none: 0,
  crash: 1,
  'file-system': 2,
  application: 3,
};

const inconsistent = (assessment: Assessment, { option, newestPoint }: Protection): readonly Finding[] => {
  const { machine, objective, classification } = assessment;
  const needed = weakestAllowed(assessment);
  const got = newestPoint?.consistency ?? 'unknown';
  if (!withConsistency.has(option) || needed === 'unknown' || got === 'unknown' || strength[got] >= strength[needed])
    return [];
  return [
    findingOn(machine.id, {
      code: 'inconsistent',
      option,
      severity: milder(objective.severity),
      summary: `The newest point of ${withArticle(option, 'the')} of ${machine.name} (${momentText(newestPoint!.at)}) is ${consistencyText(got)}; class ${classification.classId} needs ${consistencyText(needed)}.`,
      remedy:
        machine.os.known && machine.os.value === 'windows'
          ? 'look at the VSS writers and the VM agent, then make a new point'
          : 'look at the VM agent and the pre- and post-scripts, then make a new point',
    }),
  ];
};

/** Where the operating system or the power state is unknown, only what no case would allow counts against it. */
export const weakestAllowed = ({
  machine,
  objective,
  classification,
}: Pick<Assessment, 'machine' | 'objective' | 'classification'>): Consistency => {
  const { windows, linux, linuxWithScripts, stopped } = objective.consistency;
  const ofLinux = classification.prePostScripts ? linuxWithScripts : linux;
  const running = machine.os.known ? (machine.os.value === 'windows' ? windows : ofLinux) : weaker(windows, ofLinux);
  if (machine.power.known && machine.power.value === 'running') return running;
  return weaker(running, stopped);
};

const weaker = (a: Consistency, b: Consistency): Consistency => {
  if (a === 'unknown' || b === 'unknown') return 'unknown';
  return strength[a] <= strength[b] ? a : b;
};

export const consistencyText = (consistency: Consistency): string =>
  ({
    application: 'application-consistent',
    'file-system': 'file-system-consistent',
    crash: 'crash-consistent',
    none: 'not consistent across disks',
    unknown: 'of unknown consistency',
  })[consistency];

/** Points that were read, and yet do not tell what the class asks for; unread ones are no finding. */
const untold = (assessment: Assessment, { option, newestPoint, disksUnknown }: Protection): readonly Finding[] => {
  const { machine, classification } = assessment;
  const needed = weakestAllowed(assessment);
  const readPoint = option === 'azure-backup' && newestPoint?.id != null;
  const consistency =
    readPoint && newestPoint.consistency === 'unknown' && needed !== 'unknown' && strength[needed] > strength.none;
  const disks = disksUnknown ?? machine.disksUnknown;
  if (!consistency && disks === undefined) return [];
  const whats = [
    ...(consistency
      ? [
          `whether its newest point is ${consistencyText(needed)}, as class ${classification.classId} needs: Azure says it in words that are not known`,
        ]
      : []),
    ...(disks === undefined ? [] : [`whether it covers every disk: ${unknownText(disks)}`]),
  ];
  return [
    findingOn(machine.id, {
      code: 'unknown',
      option,
      severity: 'medium',
      summary: `Of ${withArticle(option, 'the')} of ${machine.name} cannot be told ${whats.join('; nor ')}.`,
      remedy: 'look at the item in the portal; a newer holdfast may know these words',
    }),
  ];
};

const partial = (
  assessment: Assessment,
  { option, disksLeftOut, newestPoint, pending }: Protection,
  { guidance }: EstateView,
): readonly Finding[] => {
  const { machine, objective, striping } = assessment;
  const { disksIncluded = null, disksAttached = null } = newestPoint ?? {};
  const missing = disksIncluded !== null && disksAttached !== null ? disksAttached - disksIncluded : 0;
  if (disksLeftOut.length === 0 && missing <= 0) return [];
  if (missing <= disksLeftOut.length && leftOutOnPurpose(assessment, disksLeftOut, guidance)) return [];
  // While the first copy is under way, what is not there yet is not left out.
  if (pending && disksLeftOut.length === 0) return [];
  const what =
    disksLeftOut.length > 0
      ? `leaves out ${counted(disksLeftOut.length, 'disk')}: ${listed(disksLeftOut)}${missing > disksLeftOut.length ? `; its newest point held ${disksIncluded} of ${disksAttached} disks` : ''}`
      : `held ${disksIncluded} of ${disksAttached} disks in its newest point`;
  const left = disksLeftOut.length || missing;
  const again =
    option === 'azure-backup' && disksLeftOut.length > 0
      ? `run \`holdfast protect ${machine.name} --all-disks\`: `
      : '';
  const striped = striping.state === 'striped' || striping.state === 'likely';
  const loss = striped
    ? ` ${striping.state === 'striped' ? 'Its data disks are striped' : 'Its data disks are likely striped'}: without ${left === 1 ? 'this disk' : 'these disks'} the whole volume over the set will not come back (facts B-57).`
    : '';
  return [
    findingOn(machine.id, {
      code: 'partial',
      option,
      severity: striped ? worse(objective.severity, 'high') : objective.severity,
      summary: `${withArticle(option, 'The')} of ${machine.name} ${what}.${loss}`,
      remedy: striped
        ? `${again}include every disk of the set: what is in the point of the others is of no use alone`
        : `${again}include every disk, or record elsewhere why what is on the ${left === 1 ? 'other' : 'others'} can be lost`,
    }),
  ];
};

/** A tag of each disk itself asks for it, and none of them can be part of a striped set: recorded, as a machine's own exclusion is. */
const leftOutOnPurpose = (
  { machine, striping }: Assessment,
  disksLeftOut: readonly string[],
  guidance: EstateView['guidance'],
): boolean => {
  if (disksLeftOut.length === 0 || (striping.state !== 'no-evidence' && striping.state !== 'not-striped')) return false;
  const asked = new Set(
    machine.disks.filter((disk) => isDiskExcluded(disk, guidance)).map(({ lun, name }) => `LUN ${lun} (${name})`),
  );
  return disksLeftOut.every((disk) => asked.has(disk));
};
