/** The machine itself: what pins it between plan and apply. */
import { z } from 'zod';
import { ofKind, resourceId } from './definition.ts';

export const machineAssumptions = {
  'machine-is': ofKind('machine-is', { machineId: resourceId, vmId: z.string().min(1) }),
  'machine-disks-are': ofKind('machine-disks-are', { machineId: resourceId, diskIds: z.array(resourceId) }),
  'power-is': ofKind('power-is', { machineId: resourceId, power: z.string() }),
};
