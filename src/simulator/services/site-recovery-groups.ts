import type { Call, Mutable } from '../service.ts';
import { AzureError } from '../service.ts';
import { requireVault } from './recovery-services-vault.ts';
import { REPLICATED_TYPE } from './site-recovery-operations.ts';

/** https://learn.microsoft.com/azure/site-recovery/azure-to-azure-common-questions#multi-vm-consistency */
const GROUP_LIMIT = 16;

export interface ConsistencyGroup {
  readonly id: string;
  readonly name: string;
  readonly createOption: 'AutoCreated' | 'UserSpecified';
}

/** Machines that name the same group share its id and their recovery points; each other machine is a group of one. */
export function consistencyGroup(call: Call, input: Mutable): ConsistencyGroup {
  const name = String(input['multiVmGroupName'] ?? '');
  const asked: unknown = input['multiVmGroupId'];
  if (name === '' && typeof asked !== 'string')
    return { id: call.world.random.uuid(), name: '', createOption: 'AutoCreated' };
  const members = call.world.store
    .list(REPLICATED_TYPE, requireVault(call).id)
    .map(({ body }): Mutable => body['properties']?.providerSpecificDetails ?? {})
    .filter((each) =>
      typeof asked === 'string'
        ? each['multiVmGroupId'] === asked
        : String(each['multiVmGroupName']).toLowerCase() === name.toLowerCase(),
    );
  if (members.length >= GROUP_LIMIT) {
    const message = `The replication group '${name}' already has ${GROUP_LIMIT} virtual machines, which is the limit.`;
    throw new AzureError(400, 'A2AMultiVmGroupLimitReached', message);
  }
  return {
    id: String(members[0]?.['multiVmGroupId'] ?? asked ?? call.world.random.uuid()),
    name: String(members[0]?.['multiVmGroupName'] ?? name),
    createOption: 'UserSpecified',
  };
}
