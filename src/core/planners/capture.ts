/**
 * One image of one machine: a managed image, or a version in a Compute Gallery. No machine is generalized here without a step of
 * its own that needs consent by name; the safe way generalizes a temporary copy (capture-copy.ts).
 */
import { blocking } from '../findings/required.ts';
import { isUsable, type Assessment } from '../assessment.ts';
import { sources } from '../sources.ts';
import { draftCopy } from './capture-copy.ts';
import { jobOf, plainCapture, traitsOf, type Capture, type CaptureSettings } from './capture-job.ts';
import { deprovisionStep, generalizeStep, stopStep } from './capture-generalize.ts';
import {
  identityUnknown,
  machineAssumptions,
  obstacles,
  placeFor,
  refuse,
  type DraftContext,
  type Drafted,
  type Need,
} from './draft.ts';
import { imageSteps, type CaptureOption } from './image-steps.ts';
import { groupStep } from './resource-group.ts';

/** By the guidance: its class wants an image, and the machine is generalized (anything else needs to be asked for by name). */
export const draftImage = (need: Need, context: DraftContext): Drafted => {
  const { machine } = need.assessment;
  if (!machine.generalized.known || !machine.generalized.value) {
    const text = `${machine.name} is not known to be generalized, and no plan of the guidance's generalizes a machine: \`holdfast capture ${machine.name}\` captures it by way of a copy, or as it is.`;
    return refuse('not-generalized', text, sources.GEN, 'I-02');
  }
  return draftCapture(need.assessment, { ...plainCapture, as: need.option as CaptureOption }, context);
};

export const draftCapture = (assessment: Assessment, settings: CaptureSettings, context: DraftContext): Drafted => {
  const { machine } = assessment;
  if (settings.way === 'specialized' && machine.generalized.known && machine.generalized.value) {
    const text = `${machine.name} is generalized already, and no image of it can be specialized: leave out --specialized.`;
    return refuse('already-generalized', text, sources.SIG, 'I-09');
  }
  const option = optionOf(assessment, settings);
  if (option === undefined) return refuse('no-image', unfit(assessment, settings), sources.IMG, 'I-01');
  const pinned = machineAssumptions(machine);
  if (pinned === undefined) return identityUnknown(machine);
  const traits = traitsOf(machine);
  if (traits === undefined) {
    return refuse(
      'traits-unknown',
      `The system, generation or processor of ${machine.name} is not known, and an image has to name them.`,
      sources.IMG,
      'I-05',
    );
  }
  const { groupId, missing } = placeFor(context.estate, 'machine', machine);
  const group = missing ? [groupStep(context, groupId, machine, option)] : [];
  const drafted = draftWay({ machine, option, traits, settings, groupId, group, pinned }, assessment, context);
  if (drafted.kind === 'refused') return drafted;
  const reasons = drafted.steps.flatMap((step) => obstacles(context, step));
  return reasons.length > 0 ? { kind: 'refused', reasons } : drafted;
};

const draftWay = (capture: Capture, assessment: Assessment, context: DraftContext): Drafted => {
  const { machine, settings, group } = capture;
  if (!machine.generalized.known) {
    const text = `Whether ${machine.name} is generalized cannot be told: ${machine.generalized.detail}.`;
    return refuse('generalized-unknown', text, sources.GEN, 'I-02');
  }
  if (machine.generalized.value) return ofGeneralized(capture, context);
  if (settings.way === 'specialized') {
    return {
      kind: 'steps',
      steps: [
        ...group,
        ...imageSteps(
          jobOf(capture),
          { kind: 'machine', id: machine.id },
          'specialized',
          group.map(({ id }) => id),
          context,
        ),
      ],
    };
  }
  return settings.way === 'in-place' ? inPlace(capture, context) : draftCopy(capture, assessment, context);
};

/** Deallocated first (facts I-03): a generalized machine never starts again, so nothing is lost by it. */
const ofGeneralized = (capture: Capture, context: DraftContext): Drafted => {
  const { machine, group } = capture;
  if (!machine.power.known)
    return refuse(
      'power-unknown',
      `Whether ${machine.name} is deallocated cannot be told: ${machine.power.detail}.`,
      sources.GEN,
      'I-03',
    );
  const stop = machine.power.value === 'deallocated' ? [] : [stopStep(capture, [], context)];
  const after = [...group, ...stop].map(({ id }) => id);
  return {
    kind: 'steps',
    steps: [
      ...group,
      ...stop,
      ...imageSteps(jobOf(capture), { kind: 'machine', id: machine.id }, 'generalized', after, context),
    ],
  };
};

/** The end of the machine as a machine. Each step that cannot be undone asks for consent by its name. */
const inPlace = (capture: Capture, context: DraftContext): Drafted => {
  const { machine, group } = capture;
  if (!machine.power.known)
    return refuse(
      'power-unknown',
      `Whether ${machine.name} runs cannot be told: ${machine.power.detail}.`,
      sources.GEN,
      'I-03',
    );
  const running = machine.power.value === 'running';
  if (!running && machine.power.value !== 'deallocated') {
    return refuse(
      'neither-running-nor-off',
      `${machine.name} is ${machine.power.value}: deallocate it, or start it, first.`,
      sources.GEN,
      'I-03',
    );
  }
  const clean = running ? [deprovisionStep(capture, machine.id, [], true, context)] : [];
  const stop = running
    ? [
        stopStep(
          capture,
          clean.map(({ id }) => id),
          context,
        ),
      ]
    : [];
  const end = generalizeStep(
    capture,
    machine.id,
    [...clean, ...stop].map(({ id }) => id),
    true,
    context,
  );
  const image = imageSteps(
    jobOf(capture),
    { kind: 'machine', id: machine.id },
    'generalized',
    [...group, end].map(({ id }) => id),
    context,
  );
  return { kind: 'steps', steps: [...group, ...clean, ...stop, end, ...image] };
};

/** Only what keeps the image from being made counts here: that the machine has to be generalized first is what the ways are for. */
const optionOf = (assessment: Assessment, settings: CaptureSettings): CaptureOption | undefined =>
  kindsOf(settings)
    .filter((option) => !(settings.way === 'specialized' && option === 'managed-image'))
    .find((option) => canHold(assessment, option));

/** What a wish can be kept by: a managed image stays in its region and in no gallery, and it alone is zone-resilient as a whole. */
const kindsOf = ({ as, regions, galleryId, zoneResilient }: CaptureSettings): readonly CaptureOption[] => {
  if (as !== undefined) return [as];
  if (regions.length > 0 || galleryId !== undefined) return ['gallery-image'];
  return zoneResilient ? ['managed-image'] : ['managed-image', 'gallery-image'];
};

const onlyAboutState: ReadonlySet<string> = new Set([
  'image-not-generalized',
  'image-changing-data',
  'image-not-deallocated',
]);

const canHold = (assessment: Assessment, option: CaptureOption): boolean =>
  isUsable(assessment, option) || blocking(assessment, option).every(({ code }) => onlyAboutState.has(code));

const unfit = (assessment: Assessment, settings: CaptureSettings): string => {
  const kinds = kindsOf(settings);
  if (settings.way === 'specialized' && !kinds.includes('gallery-image'))
    return 'A managed image is always generalized: a specialized one is a gallery version.';
  const reasons = kinds.flatMap((option) =>
    blocking(assessment, option).filter(({ code }) => !onlyAboutState.has(code)),
  );
  return `No image can hold ${assessment.machine.name}: ${[...new Set(reasons.map(({ text }) => text))].join(' ')}`;
};
