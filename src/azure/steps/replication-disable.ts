/**
 * POST …/remove ends replication and cleans up after it; DELETE would only forget it (facts R-63). Asked twice it finds nothing
 * left the second time. https://learn.microsoft.com/rest/api/site-recovery/replication-protected-items/delete
 */
import { beganOf } from '../operation.ts';
import { addressOf } from '../resource.ts';
import { replicationRunner } from './replication-runner.ts';
import type { MakeRunner } from './runner.ts';

export const replicationDisable: MakeRunner<'replication.disable'> = (step, tools) => ({
  ...replicationRunner(step, tools, undefined),
  begin: async (_step, signal) =>
    beganOf(
      await tools.arm.ask({
        ...addressOf(step.resourceId),
        method: 'POST',
        path: `${step.resourceId}/remove`,
        body: disableBody(),
        signal,
      }),
    ),
});

export const disableBody = () => ({ properties: { disableProtectionReason: 'NotSpecified' } });
