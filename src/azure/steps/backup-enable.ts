/**
 * PUT protectedItems, answered 202 without a body; then a ConfigureBackup job. Azure Backup has to have discovered the machine.
 * https://learn.microsoft.com/azure/backup/backup-azure-arm-userestapi-backupazurevms
 */
import type { BackupEnableInput } from '../../core/steps/backup.ts';
import { vaultOf } from '../../core/ids.ts';
import { putRunner, type MakeRunner } from './runner.ts';

export const backupEnable: MakeRunner<'backup.enable'> = (step, tools) => {
  const put = putRunner(step, tools, protectedItemBody(step.input));
  return {
    ...put,
    begin: async (same, signal) =>
      (await tools.discovery.find(vaultOf(step.resourceId), step.input.machineId, signal)) ?? put.begin(same, signal),
  };
};

export const protectedItemBody = ({ machineId, policyId, excludeLuns }: BackupEnableInput) => ({
  properties: {
    protectedItemType: 'Microsoft.Compute/virtualMachines',
    sourceResourceId: machineId,
    policyId,
    ...(excludeLuns === undefined || excludeLuns.length === 0
      ? {}
      : { extendedProperties: { diskExclusionProperties: { diskLunList: excludeLuns, isInclusionList: false } } }),
  },
});
