/**
 * Writes to a protected item that is there: all are a PUT or DELETE of the item, answered 202 without a body, and a job.
 * https://learn.microsoft.com/azure/backup/backup-azure-arm-userestapi-backupazurevms
 */
import type { BackupItemInput, BackupReconfigureInput } from '../../core/steps/backup.ts';
import { protectedItemBody } from './backup-enable.ts';
import { idempotentRunner, type MakeRunner } from './runner.ts';

/** The same PUT as enabling: Azure tells resuming, another policy and other disks by what the item was before. */
export const backupReconfigure: MakeRunner<'backup.reconfigure'> = (step, tools) =>
  idempotentRunner(step, tools, reconfigureBody(step.input));

/**
 * Every PUT replaces the list of disks (facts B-55). One that names none puts all back, and says so by empty properties, as the
 * Azure CLI's reset does.
 */
export const reconfigureBody = (input: BackupReconfigureInput) => {
  const { properties } = protectedItemBody(input);
  return { properties: input.excludeLuns?.length === 0 ? { ...properties, extendedProperties: {} } : properties };
};

export const backupStop: MakeRunner<'backup.stop'> = (step, tools) =>
  idempotentRunner(step, tools, stopBody(step.input));

export const backupDelete: MakeRunner<'backup.delete'> = (step, tools) => idempotentRunner(step, tools);

export const backupUndelete: MakeRunner<'backup.undelete'> = (step, tools) =>
  idempotentRunner(step, tools, undeleteBody(step.input));

/** An empty policy and the state wanted: so the portal and the Azure CLI send it. */
export const stopBody = ({ machineId }: BackupItemInput) => ({
  properties: {
    protectedItemType: 'Microsoft.Compute/virtualMachines',
    sourceResourceId: machineId,
    policyId: '',
    protectionState: 'ProtectionStopped',
  },
});

export const undeleteBody = (input: BackupItemInput) => ({
  properties: { ...stopBody(input).properties, isRehydrate: true },
});
