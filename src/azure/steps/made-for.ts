/** Whether an existing resource is what a step makes: by the run's tag, or by the properties the step would set. */
import { sameResource } from '../../core/ids.ts';
import type { Step } from '../../core/plan.ts';
import { instantMs } from '../../core/time.ts';
import { normaliseStorageAccount } from '../normalise-replication-place.ts';
import { at, isRecord, numberAt, textAt } from '../raw.ts';
import { policyBody } from './backup-policy-body.ts';
import { definitionBody } from './gallery-body.ts';

export const madeFor = (step: Step, body: unknown): boolean => {
  switch (step.kind) {
    case 'resource-group.create':
      // A group is only a place: whoever made it, it serves.
      return true;
    case 'backup-policy.create':
      // It carries no tags: it has to say the same, and nothing besides that would make other points.
      return (
        agrees(policyBody(step.input).properties, at(body, 'properties')) &&
        addsNothing(policyBody(step.input).properties, body)
      );
    case 'restore-point-collection.create':
      return (
        sameResource(textAt(body, 'properties', 'source', 'id') ?? '', step.input.copyOf ?? step.input.machineId) &&
        sameLocation(step, body) &&
        isOwn(step, body)
      );
    case 'vault.create':
      // What cannot be changed later has to be as planned, whoever may have touched the vault since.
      return (
        isOwn(step, body) && sameLocation(step, body) && redundancyOf(body) === step.input.redundancy.replace('-', '')
      );
    // Names of replication's shared pieces do not change from plan to plan, so whoever made them, they serve.
    case 'replication-fabric.create':
      return fold(textAt(body, 'properties', 'customDetails', 'location') ?? '') === fold(step.input.location);
    case 'replication-container.create':
      return textAt(body, 'properties', 'fabricType')?.toLowerCase() === 'azure';
    case 'replication-policy.create':
      return (
        numberAt(body, 'properties', 'providerSpecificDetails', 'recoveryPointHistory') === step.input.retainMinutes &&
        (numberAt(body, 'properties', 'providerSpecificDetails', 'appConsistentFrequencyInMinutes') ?? 0) ===
          step.input.appConsistentMinutes
      );
    case 'virtual-network.create':
    case 'gallery.create':
      return sameLocation(step, body);
    case 'image-definition.create':
      return agrees(definitionBody(step.input).properties, at(body, 'properties'));
    case 'cache-account.create':
      return sameLocation(step, body) && normaliseStorageAccount(body)?.tier === step.input.tier;
    default:
      return isOwn(step, body);
  }
};

/** Where the step sets the run's tag, a namesake without it is a stranger's, however alike. */
const isOwn = (step: Step, body: unknown): boolean =>
  runOf(step) === undefined ? sameLocation(step, body) : sameRun(step, body) === true;

/** Azure's `GeoRedundant`, folded as the plan's `geo-redundant` is. */
const redundancyOf = (vault: unknown): string | undefined =>
  textAt(vault, 'properties', 'redundancySettings', 'standardTierStorageRedundancy')?.toLowerCase();

const retentions = ['dailySchedule', 'weeklySchedule', 'monthlySchedule', 'yearlySchedule'];

/** No retention of its own, and no weaker consistency. Tiers to which points move are left aside: Azure adds those by itself [K]. */
const addsNothing = (wanted: ReturnType<typeof policyBody>['properties'], body: unknown): boolean => {
  const absent = (of: unknown, name: string): boolean => (at(of, name) ?? undefined) === undefined;
  return (
    absent(at(body, 'properties'), 'snapshotConsistencyType') &&
    retentions.every(
      (name) => !absent(wanted.retentionPolicy, name) || absent(at(at(body, 'properties'), 'retentionPolicy'), name),
    )
  );
};

/** A snapshot may pass for a backup, so being in the same place is not enough: the run's tag and the kind must be the step's. */
export const isOwnSnapshot = (step: Step, body: unknown): boolean => {
  if (step.kind !== 'snapshot.create' && step.kind !== 'snapshot.copy') return true;
  const incremental = step.kind === 'snapshot.copy' || step.input.incremental;
  return sameRun(step, body) === true && at(body, 'properties', 'incremental') === incremental;
};

/** Of another run, or of nobody's: the step's own would carry its tag. */
export const isStrangers = (step: Step, body: unknown): boolean =>
  runOf(step) !== undefined && sameRun(step, body) !== true;

const runOf = (step: Step): string | undefined => ('tags' in step.input ? step.input.tags['holdfast-run'] : undefined);

/** Decides where both carry the tag. */
const sameRun = (step: Step, body: unknown): boolean | undefined => {
  const wanted = runOf(step);
  const found = textAt(body, 'tags', 'holdfast-run');
  return wanted === undefined || found === undefined ? undefined : wanted === found;
};

const sameLocation = (step: Step, body: unknown): boolean =>
  'location' in step.input && fold(textAt(body, 'location') ?? '') === fold(step.input.location);

const fold = (location: string): string => location.replaceAll(' ', '').toLowerCase();

/** Everything wanted is there; Azure adds properties of its own, and moments come back in another spelling. */
const agrees = (wanted: unknown, found: unknown): boolean => {
  if (Array.isArray(wanted))
    return Array.isArray(found) && wanted.length === found.length && wanted.every((w, i) => agrees(w, found[i]));
  if (isRecord(wanted)) return Object.entries(wanted).every(([key, value]) => agrees(value, at(found, key)));
  if (typeof wanted === 'string' && typeof found === 'string') {
    const moment = instantMs(wanted);
    return (
      wanted.toLowerCase() === found.toLowerCase() ||
      (moment !== undefined && timeOfDay(moment) === timeOfDay(instantMs(found)))
    );
  }
  return wanted === found;
};

/** Only the time of day of a schedule matters; Azure may move its date. */
const timeOfDay = (ms: number | undefined): string =>
  ms === undefined ? '' : new Date(ms).toISOString().slice(11, 16);
