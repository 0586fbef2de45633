import { keyOf, nameOf } from '../../core/ids.ts';
import { powerOf } from '../power.ts';
import { listAt, textAt } from '../raw.ts';
import { holds, judge, moved, type Checker } from './checker.ts';

type Kinds = 'machine-is' | 'machine-disks-are' | 'power-is';

export const machineCheckers: { readonly [K in Kinds]: Checker<K> } = {
  'machine-is': (arm, { machineId, vmId }, signal) =>
    judge(arm, machineId, signal, (body) => {
      const found = textAt(body, 'properties', 'vmId');
      return found?.toLowerCase() === vmId.toLowerCase()
        ? holds
        : moved(`${nameOf(machineId)} was made again: its vmId is ${found ?? 'unknown'}, not ${vmId}`);
    }),

  'machine-disks-are': (arm, { machineId, diskIds }, signal) =>
    judge(arm, machineId, signal, (body) => {
      const found = disksOf(body);
      const wanted = new Set(diskIds.map(keyOf));
      const added = [...found].filter((id) => !wanted.has(id));
      const removed = [...wanted].filter((id) => !found.has(id));
      if (added.length === 0 && removed.length === 0) return holds;
      const said = [
        added.length > 0 ? `now also ${added.map(nameOf).join(', ')}` : '',
        removed.length > 0 ? `no longer ${removed.map(nameOf).join(', ')}` : '',
      ];
      return moved(`the disks of ${nameOf(machineId)} changed: ${said.filter(Boolean).join('; ')}`);
    }),

  'power-is': (arm, { machineId, power }, signal) =>
    judge(
      arm,
      machineId,
      signal,
      (body) => {
        const found = powerOf(body);
        return found === power.toLowerCase()
          ? holds
          : moved(`${nameOf(machineId)} is ${found ?? 'in an unknown power state'}, not ${power}`);
      },
      { $expand: 'instanceView' },
    ),
};

const disksOf = (body: unknown): ReadonlySet<string> => {
  const os = textAt(body, 'properties', 'storageProfile', 'osDisk', 'managedDisk', 'id');
  const data = listAt(body, 'properties', 'storageProfile', 'dataDisks').map((disk) =>
    textAt(disk, 'managedDisk', 'id'),
  );
  return new Set([os, ...data].flatMap((id) => (id === undefined ? [] : [keyOf(id)])));
};
