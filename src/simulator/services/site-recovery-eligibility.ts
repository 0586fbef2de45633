import { apiVersions } from '../generated/api-versions.ts';
import type { Call, Mutable, Route } from '../service.ts';
import { groupResourceId, requireResource } from './arm-resource.ts';
import { viewMachine } from './backup-machine.ts';
import { MACHINE_TYPE } from './backup-names.ts';
import { blockersOf } from './site-recovery-blockers.ts';

const PATH =
  `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${MACHINE_TYPE}/{vmName}` +
  '/providers/Microsoft.RecoveryServices/replicationEligibilityResults';

/**
 * What Azure answers beforehand: why a machine cannot be replicated. A disk that can be left out is a warning [K].
 * https://learn.microsoft.com/rest/api/site-recovery/replication-eligibility-results
 */
export const eligibilityRoutes: readonly Route[] = [
  route(PATH, (call) => ({ value: [resultOf(call)] })),
  route(`${PATH}/default`, resultOf),
];

function route(path: string, render: (call: Call) => Mutable): Route {
  return {
    method: 'GET',
    path,
    apiVersions: apiVersions.siteRecovery,
    handle: (call) => ({ status: 200, body: render(call) }),
  };
}

function resultOf(call: Call): Mutable {
  const vm = requireResource(call, groupResourceId(call, MACHINE_TYPE, call.params['vmName'] ?? ''), 'VM');
  const view = viewMachine(call.world, vm);
  const osDisk: unknown = vm.body['properties']?.storageProfile?.osDisk?.managedDisk?.id;
  return {
    name: 'default',
    type: 'Microsoft.RecoveryServices/replicationEligibilityResults',
    id: `${vm.id}/providers/Microsoft.RecoveryServices/replicationEligibilityResults/default`,
    properties: {
      clientRequestId: call.headers.get('x-ms-client-request-id') ?? call.world.random.uuid(),
      errors: blockersOf(call.world, view).map(({ code, message, recommendedAction, diskId }) => ({
        code,
        message,
        possibleCauses: message,
        recommendedAction,
        status: diskId === undefined || diskId === osDisk ? 'Error' : 'Warning',
      })),
    },
  };
}
