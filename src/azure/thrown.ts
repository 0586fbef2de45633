/** What the SDK throws in place of an answer of Azure's, as the kinds of failure that answers have. */
import type { Problem } from '../core/problem.ts';
import { firstLines, type Failure } from './failure.ts';
import { ForeignOriginError } from './transport.ts';
import { isDistrusted, isUnconnected, LoginUnreachableError, wordsOf, type Unreached } from './unreachable.ts';

/** What a thrown error means. Aborts are the caller's own doing and are thrown on. */
export const failureOfThrown = (error: unknown, subject: string): Failure => {
  if (error instanceof Error && error.name === 'AbortError') throw error;
  const text = error instanceof Error ? error.message : String(error);
  const base = { subject: withoutQuery(subject), detail: firstLines(text) } as const;
  if (error instanceof ForeignOriginError) {
    return {
      kind: 'failed',
      status: 0,
      azureCode: 'ForeignOrigin',
      problem: {
        ...base,
        code: 'azure-foreign-origin',
        severity: 'critical',
        summary: 'A link in an answer leads away from Azure and was not followed',
      },
    };
  }
  if (error instanceof LoginUnreachableError)
    return unreachable(error.unreached, { ...base, ...wordsOf('The login host', error.unreached) });
  if (error instanceof Error && isLoginError(error)) {
    const problem: Problem = { ...base, code: 'azure-login', severity: 'high', ...loginWords(text) };
    return { kind: 'failed', status: 0, azureCode: error.name, problem };
  }
  if (error instanceof Error && error.name === 'RestError') {
    const unreached = { host: hostOf(error), code: codeOf(error) };
    if (isDistrusted(unreached.code) || isUnconnected(unreached.code))
      return unreachable(unreached, { ...base, ...wordsOf("Azure's host", unreached) });
    return {
      kind: 'uncertain',
      problem: {
        ...base,
        code: 'azure-unreachable',
        severity: 'high',
        summary: `The connection to Azure failed${unreached.code === '' ? '' : ` (${unreached.code})`}`,
        remedy: 'Check the network and the proxy, then run the same command again.',
      },
    };
  }
  // Anything else is a bug of ours, not an answer of Azure's.
  throw error;
};

/**
 * Refused, by Entra's own code, is another thing than nobody having logged in:
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
const loginWords = (text: string): Pick<Problem, 'summary' | 'remedy'> => {
  const code = /\bAADSTS(\d+)\b/.exec(text)?.[1];
  return code === undefined
    ? {
        summary: 'Could not log in to Azure',
        remedy: 'Log in (for example `az login`), or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET.',
      }
    : {
        summary: `Azure refused the login (AADSTS${code})`,
        remedy:
          'Check the tenant, the client id and whether its secret or certificate has run out (of your own login: ' +
          '`az login` again); ' +
          `https://login.microsoftonline.com/error?code=${code} tells what the code means.`,
      };
};

/** Nothing was sent. A certificate that is not trusted stays so however long one waits. */
const unreachable = ({ code }: Unreached, problem: Problem): Failure =>
  isDistrusted(code)
    ? { kind: 'failed', status: 0, azureCode: code, problem }
    : { kind: 'uncertain', problem, unsent: true };

const hostOf = (error: Error): string => {
  const { request } = error as Error & { readonly request?: { readonly url?: unknown } };
  return typeof request?.url === 'string' && URL.canParse(request.url) ? new URL(request.url).host : '';
};

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '');

const isLoginError = (error: Error): boolean =>
  /^(AggregateAuthentication|Authentication|CredentialUnavailable|AuthenticationRequired)/.test(error.name) ||
  /^(ClientAuth|InteractionRequired|Server)Error$/.test(error.name);

const withoutQuery = (subject: string): string => subject.split('?')[0] ?? subject;
