/** PUT backupPolicies, answered 200 or 202. https://learn.microsoft.com/rest/api/backup/protection-policies/create-or-update */
import { policyBody } from './backup-policy-body.ts';
import { putRunner, type MakeRunner } from './runner.ts';

export const backupPolicyCreate: MakeRunner<'backup-policy.create'> = (step, tools) =>
  putRunner(step, tools, policyBody(step.input));
