/**
 * What is done inside a machine, or ends its life as one. https://learn.microsoft.com/azure/virtual-machines/generalize and
 * https://learn.microsoft.com/azure/virtual-machines/run-command-overview
 */
import { z } from 'zod';
import { computeOperation, count, ofKind, optional, resourceId, stepKind, tags, type ValueOf } from './definition.ts';

const generalizeInput = z.strictObject({ machineId: resourceId });

const runCommandInput = z.strictObject({
  machineId: resourceId,
  location: z.string(),
  /** Run by the shell of the machine's system. Never holds a secret: it can be read back from Azure. */
  script: z.string(),
  timeoutSeconds: count,
  /** Of those that are deleted again by the run that made them. */
  tags: optional(tags),
});
export type RunCommandInput = ValueOf<typeof runCommandInput>;

export const guestSteps = {
  /** Irreversible: a generalized machine never starts again. */
  'machine.generalize': stepKind({
    input: generalizeInput,
    seconds: 5,
    cannotBeUndone: true,
    consent: 'by-name',
    leased: true,
    permissions: [{ action: 'Microsoft.Compute/virtualMachines/generalize/action' }],
    follows: [],
    assumes: ['machine-is', 'machine-disks-are', 'power-is'],
    roles: ['capture'],
  }),
  /** A managed run command: a resource, whose result can be read afterwards. */
  'run-command.create': stepKind({
    input: runCommandInput,
    seconds: 120,
    makes: 'child',
    consent: 'by-name',
    leased: true,
    permissions: [{ action: 'Microsoft.Compute/virtualMachines/runCommands/write' }],
    follows: [computeOperation],
    assumes: ['machine-is', 'machine-disks-are', 'power-is'],
    roles: ['capture', 'hooks'],
  }),
};

export const guestGoals = {
  'machine-generalized': ofKind('machine-generalized', { machineId: resourceId }),
  /** The script ended, with exit code 0. */
  'run-command-succeeded': ofKind('run-command-succeeded', { resourceId }),
};
