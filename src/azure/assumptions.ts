/** What a step takes for granted, asked again just before its write. */
import { keyOf, nameOf, sameResource, subscriptionOf, type ResourceId } from '../core/ids.ts';
import type { Assumption, Step } from '../core/plan.ts';
import type { AssumptionState } from '../engine/ports.ts';
import { unanswered, type Arm } from './ask.ts';
import { apiVersions } from './kinds.ts';
import { noLikePolicy, noNewerSnapshot, noOtherVault, type Lists } from './made-since.ts';
import { noNewerPoint, noOtherCollection } from './points-since.ts';
import { listAt, textAt } from './raw.ts';
import { readResource } from './resource.ts';

type AssumptionOf<K extends Assumption['kind']> = Extract<Assumption, { kind: K }>;
type Checker<K extends Assumption['kind']> = (arm: Arm, assumption: AssumptionOf<K>, signal: AbortSignal, step: Step, lists: Lists) => Promise<AssumptionState>;

const holds: AssumptionState = { kind: 'holds' };
const moved = (detail: string): AssumptionState => ({ kind: 'moved', detail });

/** `lists` is shared by all steps of an apply. */
export const checkAssumption = (arm: Arm, assumption: Assumption, signal: AbortSignal, step: Step, lists: Lists): Promise<AssumptionState> => {
  const check = checkers[assumption.kind] as Checker<Assumption['kind']>;
  return check(arm, assumption as AssumptionOf<Assumption['kind']>, signal, step, lists);
};

/** Reads a resource that must be there, and judges its body. */
const judge = async (arm: Arm, id: ResourceId, signal: AbortSignal, by: (body: unknown) => AssumptionState, query = {}): Promise<AssumptionState> => {
  const read = await readResource(arm, id, signal, query);
  if (read.kind === 'none') return moved(`${nameOf(id)} is gone`);
  return read.kind === 'body' ? by(read.body) : read;
};

const checkers: { readonly [K in Assumption['kind']]: Checker<K> } = {
  'machine-is': (arm, { machineId, vmId }, signal) =>
    judge(arm, machineId, signal, (body) => {
      const found = textAt(body, 'properties', 'vmId');
      return found?.toLowerCase() === vmId.toLowerCase() ? holds : moved(`${nameOf(machineId)} was made again: its vmId is ${found ?? 'unknown'}, not ${vmId}`);
    }),

  'machine-disks-are': (arm, { machineId, diskIds }, signal) =>
    judge(arm, machineId, signal, (body) => {
      const found = disksOf(body);
      const wanted = new Set(diskIds.map(keyOf));
      const added = [...found].filter((id) => !wanted.has(id));
      const removed = [...wanted].filter((id) => !found.has(id));
      if (added.length === 0 && removed.length === 0) return holds;
      const said = [added.length > 0 ? `now also ${added.map(nameOf).join(', ')}` : '', removed.length > 0 ? `no longer ${removed.map(nameOf).join(', ')}` : ''];
      return moved(`the disks of ${nameOf(machineId)} changed: ${said.filter(Boolean).join('; ')}`);
    }),

  'disk-is': (arm, { diskId, uniqueId }, signal) =>
    judge(arm, diskId, signal, (body) => {
      const found = textAt(body, 'properties', 'uniqueId');
      return found?.toLowerCase() === uniqueId.toLowerCase() ? holds : moved(`disk ${nameOf(diskId)} was made again: its uniqueId is ${found ?? 'unknown'}`);
    }),

  'power-is': (arm, { machineId, power }, signal) =>
    judge(
      arm, machineId, signal,
      (body) => {
        const statuses = listAt(body, 'properties', 'instanceView', 'statuses').map((s) => textAt(s, 'code') ?? '');
        const found = statuses.find((code) => /^PowerState\//i.test(code))?.slice('PowerState/'.length).toLowerCase();
        return found === power.toLowerCase() ? holds : moved(`${nameOf(machineId)} is ${found ?? 'in an unknown power state'}, not ${power}`);
      },
      { $expand: 'instanceView' },
    ),

  /** Azure's own answer across all vaults: https://learn.microsoft.com/rest/api/backup/backup-status/get */
  'protected-by': async (arm, { machineId, location, vaultId }, signal) => {
    const answer = await arm.ask({
      provider: 'backup',
      method: 'POST',
      path: `/subscriptions/${subscriptionOf(machineId)}/providers/Microsoft.RecoveryServices/locations/${location}/backupStatus`,
      apiVersion: apiVersions.backup,
      body: { resourceType: 'VM', resourceId: machineId },
      signal,
    });
    if (answer.kind !== 'answer') return unanswered(answer);
    const found = textAt(answer.response.body, 'vaultId');
    if (vaultId === null) return found === undefined ? holds : moved(`${nameOf(machineId)} is protected by vault ${nameOf(found)} now`);
    if (found === undefined) return moved(`${nameOf(machineId)} is not protected any more`);
    return sameResource(found, vaultId) ? holds : moved(`${nameOf(machineId)} is protected by vault ${nameOf(found)}, not ${nameOf(vaultId)}`);
  },

  absent: async (arm, { resourceId }, signal) => {
    const read = await readResource(arm, resourceId, signal);
    if (read.kind === 'none') return holds;
    return read.kind === 'body' ? moved(`${nameOf(resourceId)} exists already`) : read;
  },

  'no-other-collection': (_arm, assumption, signal, step, lists) => noOtherCollection(lists, assumption, step, signal),
  'no-newer-point': (arm, assumption, signal, step) => noNewerPoint(arm, assumption, step, signal),
  'no-newer-snapshot': (_arm, assumption, signal, step, lists) => noNewerSnapshot(lists, assumption, step, signal),
  'no-other-vault': (_arm, assumption, signal, step, lists) => noOtherVault(lists, assumption, step, signal),
  'no-like-policy': (_arm, assumption, signal, step, lists) => noLikePolicy(lists, assumption, step, signal),
};

const disksOf = (body: unknown): ReadonlySet<string> => {
  const os = textAt(body, 'properties', 'storageProfile', 'osDisk', 'managedDisk', 'id');
  const data = listAt(body, 'properties', 'storageProfile', 'dataDisks').map((disk) => textAt(disk, 'managedDisk', 'id'));
  return new Set([os, ...data].flatMap((id) => (id === undefined ? [] : [keyOf(id)])));
};
