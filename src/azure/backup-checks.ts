/**
 * Azure's own checks of enabling backup, asked before a plan: https://learn.microsoft.com/rest/api/backup/protection-intent/validate
 * and https://learn.microsoft.com/rest/api/backup/feature-support/validate. What is not answered stays unknown.
 */
import { known, unknown, type Fact } from '../core/fact.ts';
import { keyOf, type ResourceKey } from '../core/ids.ts';
import type { BackupCheck, BackupCheckQuestion } from '../core/preflight.ts';
import { gapAfter, type Answer, type Inquiry } from './inquiry.ts';
import { apiVersions } from './kinds.ts';
import { textAt } from './raw.ts';

export const readBackupChecks = async (
  inquiry: Inquiry,
  questions: readonly BackupCheckQuestion[],
): Promise<ReadonlyMap<ResourceKey, Fact<BackupCheck>>> => {
  const features = new Map<string, Promise<Fact<BackupCheck>>>();
  const checks = questions.map(async (question) => {
    const [feature, machine] = await Promise.all([
      featureOf(inquiry, question, features),
      preValidate(inquiry, question),
    ]);
    // A size that Azure does not back up refuses every machine of it, whatever else was answered.
    return [
      keyOf(question.machineId),
      isNo(feature) ? feature : isNo(machine) || feature.known ? machine : feature,
    ] as const;
  });
  return new Map(await Promise.all(checks));
};

const isNo = (fact: Fact<BackupCheck>): boolean => fact.known && fact.value.kind === 'refused';

type Check = 'backupPreValidateProtection' | 'backupValidateFeatures';

export const checkActions: Readonly<Record<Check, string>> = {
  backupPreValidateProtection: 'Microsoft.RecoveryServices/locations/backupPreValidateProtection/action',
  backupValidateFeatures: 'Microsoft.RecoveryServices/locations/backupValidateFeatures/action',
};

/** `{status: Succeeded | Failed | Invalid, errorCode, errorMessage, recommendation}`. */
const preValidate = async (
  inquiry: Inquiry,
  { machineId, vaultId, ...place }: BackupCheckQuestion,
): Promise<Fact<BackupCheck>> => {
  const answer = await ask(inquiry, place, 'backupPreValidateProtection', {
    resourceType: 'VM',
    resourceId: machineId,
    ...(vaultId === undefined ? {} : { vaultId }),
  });
  if (!answer.ok) return unanswered(answer, machineId, 'backupPreValidateProtection');
  const { body } = answer.response;
  const status = textAt(body, 'status')?.toLowerCase();
  if (status === 'succeeded') return known({ kind: 'allowed' });
  const code = textAt(body, 'errorCode');
  if (status !== 'failed' || code === undefined)
    return unknown('unintelligible', `Azure answers its own check with "${status ?? 'nothing'}".`);
  const recommendation = textAt(body, 'recommendation');
  return known({
    kind: 'refused',
    code,
    text: textAt(body, 'errorMessage') ?? code,
    ...(recommendation === undefined ? {} : { recommendation }),
  });
};

/** Once a region, size and kind of disk: no answer but a clear no counts, and being forbidden to ask. */
const featureOf = (
  inquiry: Inquiry,
  question: BackupCheckQuestion,
  asked: Map<string, Promise<Fact<BackupCheck>>>,
): Promise<Fact<BackupCheck>> => {
  const { subscriptionId, location, size, premium } = question;
  if (size === undefined) return Promise.resolve(known({ kind: 'allowed' }));
  const key = `${subscriptionId}|${location}|${size}|${premium}`.toLowerCase();
  const found = asked.get(key) ?? validateFeature(inquiry, question, size);
  asked.set(key, found);
  return found;
};

const validateFeature = async (
  inquiry: Inquiry,
  question: BackupCheckQuestion,
  size: string,
): Promise<Fact<BackupCheck>> => {
  const vmSku = question.premium ? 'Premium' : 'Standard';
  const answer = await ask(inquiry, question, 'backupValidateFeatures', {
    featureType: 'AzureVMResourceBackup',
    vmSize: size,
    vmSku,
  });
  if (!answer.ok && answer.failure.kind === 'forbidden')
    return unanswered(answer, `/subscriptions/${question.subscriptionId}`, 'backupValidateFeatures');
  if (!answer.ok || textAt(answer.response.body, 'supportStatus')?.toLowerCase() !== 'notsupported')
    return known({ kind: 'allowed' });
  return known({
    kind: 'refused',
    code: 'NotSupported',
    text: `backup of machines of size ${size} is not supported in ${question.location}`,
  });
};

const ask = (
  inquiry: Inquiry,
  { subscriptionId, location }: Pick<BackupCheckQuestion, 'subscriptionId' | 'location'>,
  check: Check,
  body: unknown,
): Promise<Answer> =>
  inquiry.one({
    provider: 'backup',
    method: 'POST',
    path: `/subscriptions/${subscriptionId}/providers/Microsoft.RecoveryServices/locations/${location}/${check}`,
    apiVersion: apiVersions.backup,
    body,
  });

const unanswered = ({ failure }: Extract<Answer, { ok: false }>, scope: string, check: Check): Fact<never> => {
  const action = checkActions[check];
  const missed = gapAfter(failure, scope, action);
  return unknown(missed?.reason ?? 'not-answered', missed?.detail ?? failure.problem.summary, { action, scope });
};
