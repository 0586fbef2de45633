/** The login: the cloud file's own, or whatever DefaultAzureCredential finds. */
import type { TokenCredential } from '@azure/identity';
import type { HttpHeaders, PipelinePolicy } from '@azure/core-rest-pipeline';
import type { Cloud } from './cloud.ts';
import { LoginUnreachableError } from './unreachable.ts';

/**
 * Authorities that are not Microsoft's know nothing of instance discovery, which would ask login.microsoftonline.com
 * about them.
 */
export const credentialFor = async (cloud: Cloud, answerWithinMs = defaultAnswerWithinMs): Promise<TokenCredential> => {
  const { ClientSecretCredential, DefaultAzureCredential } = await import('@azure/identity');
  const authority = new URL(cloud.authority);
  const adfs = authority.pathname.split('/').some((part) => part.toLowerCase() === 'adfs');
  const tenantId = adfs ? 'adfs' : cloud.tenantId;
  const watch = watchOf(authority, answerWithinMs);
  const common = {
    authorityHost: authority.origin,
    disableInstanceDiscovery: !microsoftAuthorities.has(authority.hostname),
    additionalPolicies: [{ policy: watch.policy, position: 'perRetry' as const }],
    ...(cloud.ca === undefined ? {} : { tlsOptions: { ca: cloud.ca } }),
  };
  if (cloud.credential) {
    const { clientId, clientSecret } = cloud.credential;
    return watch.over(new ClientSecretCredential(tenantId ?? 'common', clientId, clientSecret, common));
  }
  return watch.over(new DefaultAzureCredential({ ...common, ...(tenantId === undefined ? {} : { tenantId }) }));
};

/** The library sets none, and a firewall that drops packets would hold a run for many minutes. */
const defaultAnswerWithinMs = 30_000;

const microsoftAuthorities = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.chinacloudapi.cn',
  'login.partner.microsoftonline.cn',
]);

interface Watch {
  readonly policy: PipelinePolicy;
  over(credential: TokenCredential): TokenCredential;
}

/**
 * The login library tells every failure as a missing login ("endpoints_resolution_error") and drops its cause. So its
 * requests are watched, those to the authority only: that no managed identity answers is no news on a laptop.
 */
const watchOf = (authority: URL, answerWithinMs: number): Watch => {
  const seen: { last?: LoginUnreachableError } = {};
  const note = (code: string, message: string): void => {
    seen.last = new LoginUnreachableError({ host: authority.host, code }, message);
  };
  return {
    policy: {
      name: 'holdfastLoginWatch',
      async sendRequest(request, next) {
        if (new URL(request.url).host !== authority.host) return next(request);
        request.timeout = answerWithinMs;
        try {
          const response = await next(request);
          withoutLongWaits(response.headers, answerWithinMs);
          if (!isOfTheLogin(response.bodyAsText ?? '')) note(`HTTP ${response.status}`, 'the answer is no JSON');
          else if (isForNow(response.status)) note(`HTTP ${response.status}`, 'the login service turns requests away');
          else delete seen.last;
          return response;
        } catch (error) {
          if (!(error instanceof Error) || request.abortSignal?.aborted) throw error;
          const late = error.name === 'AbortError';
          if (late) note('ETIMEDOUT', `no answer within ${answerWithinMs / 1000} s`);
          else if (error.name === 'RestError') note(codeOf(error), error.message);
          throw late ? new Error('the login host does not answer') : error;
        }
      },
    },
    over: (credential) => ({
      async getToken(scopes, options) {
        delete seen.last;
        try {
          return await credential.getToken(scopes, options);
        } catch (error) {
          if (!(error instanceof Error) || error.name === 'AbortError') throw error;
          throw seen.last ?? unreachedByCli(error.message) ?? error;
        }
      },
    }),
  };
};

/** The library waits as long as it is told, unsaid and deaf to a stop; where that is long (or a date) the caller decides. */
const withoutLongWaits = (headers: HttpHeaders, mostMs: number): void => {
  for (const [name, unitMs] of waitHeaders)
    if (!(Number(headers.get(name) ?? 0) * unitMs <= mostMs)) headers.delete(name);
};

const waitHeaders = [
  ['retry-after', 1000],
  ['retry-after-ms', 1],
  ['x-ms-retry-after-ms', 1],
] as const;

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : error.name);

/** Nobody's login was looked at: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const isForNow = (status: number): boolean => status === 429 || status >= 500;

/** What it answers is JSON, refusals too: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const isOfTheLogin = (body: string): boolean => /^\s*\{/.test(body);

/**
 * The Azure CLI's words, which are those of Python's requests:
 * https://learn.microsoft.com/cli/azure/use-azure-cli-successfully-troubleshooting#work-behind-a-proxy
 */
export const unreachedByCli = (said: string): LoginUnreachableError | undefined => {
  const host = /HTTPSConnectionPool\(host='([^']+)'/.exec(said)?.[1];
  if (host === undefined) return undefined;
  const code = /certificate.verify.failed/i.test(said)
    ? 'CERTIFICATE_VERIFY_FAILED'
    : /NameResolution|getaddrinfo|Name or service not known/i.test(said)
      ? 'ENOTFOUND'
      : /Connection refused/i.test(said)
        ? 'ECONNREFUSED'
        : 'said by the Azure CLI';
  return new LoginUnreachableError({ host, code }, said);
};
