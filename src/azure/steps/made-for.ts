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
      return agrees(policyBody(step.input).properties, at(body, 'properties'));
    case 'restore-point-collection.create':
      // A collection is a place too, as long as it is this machine's.
      return sameResource(textAt(body, 'properties', 'source', 'id') ?? '', step.input.copyOf ?? step.input.machineId) && sameLocation(step, body);
    // Names of replication's shared pieces do not change from plan to plan, so whoever made them, they serve.
    case 'replication-fabric.create':
      return fold(textAt(body, 'properties', 'customDetails', 'location') ?? '') === fold(step.input.location);
    case 'replication-container.create':
      return textAt(body, 'properties', 'fabricType')?.toLowerCase() === 'azure';
    case 'replication-policy.create':
      return (
        numberAt(body, 'properties', 'providerSpecificDetails', 'recoveryPointHistory') === step.input.retainMinutes &&
        (numberAt(body, 'properties', 'providerSpecificDetails', 'appConsistentFrequencyInMinutes') ?? 0) === step.input.appConsistentMinutes
      );
    case 'virtual-network.create':
    case 'gallery.create':
      return sameLocation(step, body);
    case 'image-definition.create':
      return agrees(definitionBody(step.input).properties, at(body, 'properties'));
    case 'cache-account.create':
      return sameLocation(step, body) && normaliseStorageAccount(body)?.tier === step.input.tier;
    default:
      return sameRun(step, body) ?? sameLocation(step, body);
  }
};

/** A snapshot may pass for a backup, so being in the same place is not enough: the run's tag and the kind must be the step's. */
export const isOwnSnapshot = (step: Step, body: unknown): boolean => {
  if (step.kind !== 'snapshot.create' && step.kind !== 'snapshot.copy') return true;
  const incremental = step.kind === 'snapshot.copy' || step.input.incremental;
  return sameRun(step, body) === true && at(body, 'properties', 'incremental') === incremental;
};

/** Decides where both carry the tag. */
const sameRun = (step: Step, body: unknown): boolean | undefined => {
  const wanted = 'tags' in step.input ? step.input.tags['holdfast-run'] : undefined;
  const found = textAt(body, 'tags', 'holdfast-run');
  return wanted === undefined || found === undefined ? undefined : wanted === found;
};

/** Names end in a hash of the plan: an untagged namesake in the same place is the step's own, its tags edited since. */
const sameLocation = (step: Step, body: unknown): boolean =>
  'location' in step.input && fold(textAt(body, 'location') ?? '') === fold(step.input.location);

const fold = (location: string): string => location.replaceAll(' ', '').toLowerCase();

/** Everything wanted is there; Azure adds properties of its own, and moments come back in another spelling. */
const agrees = (wanted: unknown, found: unknown): boolean => {
  if (Array.isArray(wanted)) return Array.isArray(found) && wanted.length === found.length && wanted.every((w, i) => agrees(w, found[i]));
  if (isRecord(wanted)) return Object.entries(wanted).every(([key, value]) => agrees(value, at(found, key)));
  if (typeof wanted === 'string' && typeof found === 'string') {
    const moment = instantMs(wanted);
    return wanted.toLowerCase() === found.toLowerCase() || (moment !== undefined && timeOfDay(moment) === timeOfDay(instantMs(found)));
  }
  return wanted === found;
};

/** Only the time of day of a schedule matters; Azure may move its date. */
const timeOfDay = (ms: number | undefined): string => (ms === undefined ? '' : new Date(ms).toISOString().slice(11, 16));
