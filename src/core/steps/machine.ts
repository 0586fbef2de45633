/** The machine itself: what pins it between plan and apply, and stopping it for a while. https://learn.microsoft.com/azure/virtual-machines/states-billing */
import { z } from 'zod';
import { computeOperation, count, ofKind, resourceId, stepKind } from './definition.ts';

const deallocateInput = z.strictObject({
  machineId: resourceId,
  location: z.string(),
  /** How long the machine is off, roughly; `null`: it does not run today, and is not started afterwards. */
  downtimeSeconds: count.nullable(),
});

const startInput = z.strictObject({ machineId: resourceId, location: z.string() });

export const machineSteps = {
  'machine.deallocate': stepKind({
    input: deallocateInput,
    seconds: 60,
    leased: true,
    permissions: [{ action: 'Microsoft.Compute/virtualMachines/deallocate/action' }],
    follows: [computeOperation],
    assumes: ['machine-is', 'machine-disks-are', 'disk-is', 'no-newer-snapshot', 'power-is'],
    // Not of protect: only a guidance that says so stops machines there, and then the plan's own role does.
    roles: ['snapshot', 'capture'],
  }),
  'machine.start': stepKind({
    input: startInput,
    seconds: 60,
    permissions: [{ action: 'Microsoft.Compute/virtualMachines/start/action' }],
    follows: [computeOperation],
    assumes: ['machine-is'],
    roles: ['snapshot'],
  }),
};

export const machineGoals = {
  'machine-power': ofKind('machine-power', { machineId: resourceId, power: z.enum(['running', 'deallocated']) }),
};

export const machineAssumptions = {
  'machine-is': ofKind('machine-is', { machineId: resourceId, vmId: z.string().min(1) }),
  'machine-disks-are': ofKind('machine-disks-are', { machineId: resourceId, diskIds: z.array(resourceId) }),
  'power-is': ofKind('power-is', { machineId: resourceId, power: z.string() }),
};
