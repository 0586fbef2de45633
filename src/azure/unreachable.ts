/** A host that no connection comes about with: what it is told as, whether Resource Manager or the login's. */
import type { Severity } from '../core/problem.ts';

/** Why no connection came about. Codes are Node's, or `HTTP 502` for an answer of somebody in between. */
export interface Unreached {
  readonly host: string;
  readonly code: string;
}

/** Thrown in place of what the SDK makes of it: a login host that was never spoken to has refused nobody. */
export class LoginUnreachableError extends Error {
  readonly unreached: Unreached;
  constructor(unreached: Unreached, message: string) {
    super(message);
    this.name = 'LoginUnreachableError';
    this.unreached = unreached;
  }
}

/**
 * No name, no route or nobody who listens: no connection came about, so nothing was sent over one.
 * https://nodejs.org/api/errors.html#common-system-errors
 */
const unconnected: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known here',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'nobody listens there',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
};

export const isUnconnected = (code: string): boolean => code in unconnected;

/** Certificates that are not accepted: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const distrusted: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'INVALID_CA',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_CHAIN_TOO_LONG',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  // As the Azure CLI has it.
  'CERTIFICATE_VERIFY_FAILED',
]);

/** Before anything is sent, and no waiting mends it. */
export const isDistrusted = (code: string): boolean => distrusted.has(code);

export interface UnreachedWords {
  readonly code: 'azure-unreachable';
  readonly severity: Severity;
  readonly summary: string;
  readonly remedy: string;
}

/** `what`: `The login host`, say. */
export const wordsOf = (what: string, { host, code }: Unreached): UnreachedWords => ({
  code: 'azure-unreachable',
  severity: 'high',
  summary: `${[what, host].filter(Boolean).join(' ')} cannot be reached: ${whyOf(code)} (${code})`,
  remedy: isDistrusted(code) ? trustRemedy(host, code) : routeRemedy(host, code),
});

const whyOf = (code: string): string => {
  if (isDistrusted(code)) return 'its certificate is not trusted here';
  if (/^HTTP (5|429)/.test(code)) return 'it, or somebody in between, is out of order';
  if (code.startsWith('HTTP ')) return 'somebody in between answers for it';
  if (code === 'ETIMEDOUT') return 'nothing answers';
  return unconnected[code] ?? 'the connection fails';
};

const trustRemedy = (host: string, code: string): string =>
  /^CERT_(NOT_YET_VALID|HAS_EXPIRED)$/.test(code)
    ? `Check the clock of this machine, then who answers for ${host} (a proxy?), and run the same command again.`
    : 'Where a proxy or firewall opens TLS, name its CA, a PEM file, in NODE_EXTRA_CA_CERTS ' +
      '(for the Azure CLI: REQUESTS_CA_BUNDLE); ' +
      `otherwise find out who answers for ${host}. Then run the same command again.`;

const routeRemedy = (host: string, code: string): string => {
  const dns = /^(ENOTFOUND|EAI_AGAIN)$/.test(code) ? 'DNS, ' : '';
  const door = host.includes(':') ? host : `port 443 of ${host}`;
  return (
    `From this machine, check ${dns}the proxy (HTTPS_PROXY, NO_PROXY) and the firewall (${door}), ` +
    'then run the same command again.'
  );
};
