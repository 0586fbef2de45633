import { createHash, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { principalFrom } from './permissions.ts';
import type { FleetPrincipal, Principal, SimClock } from './service.ts';
import { AzureError } from './service.ts';

/** A throw-away value: every simulated client has this secret, and it opens nothing but a simulator. */
export const SIMULATED_SECRET = 'simulated-secret-that-opens-nothing';

const HOUR_SECONDS = 3600;

/**
 * One key for the process: making it takes longer than a test. Who is let in is decided by each simulator's own list.
 */
let signingKeys: { privateKey: KeyObject; publicKey: KeyObject } | undefined;

interface TokenClaims {
  readonly aud: string;
  readonly iss: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly tid: string;
  readonly oid: string;
  readonly sub: string;
  readonly appid: string;
  readonly idtyp: 'app';
  readonly ver: '1.0';
}

export interface IssuedToken {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly expiresAtSeconds: number;
}

/** Who may log in, and the tokens they carry. Tokens are JWTs signed RS256 with a key that lives in memory only. */
export class Identity {
  readonly tenantId: string;
  readonly #clock: SimClock;
  readonly #principals = new Map<string, Principal>();
  readonly #lifetimeSeconds: number;
  readonly #verified = new Map<string, TokenClaims>();

  constructor(options: {
    tenantId: string;
    principals: readonly FleetPrincipal[];
    clock: SimClock;
    lifetimeSeconds?: number;
  }) {
    this.tenantId = options.tenantId;
    this.#clock = options.clock;
    this.#lifetimeSeconds = options.lifetimeSeconds ?? HOUR_SECONDS;
    for (const principal of options.principals) {
      this.#principals.set(principal.clientId.toLowerCase(), principalFrom(principal, objectIdOf(principal.clientId)));
    }
  }

  clientIds(): readonly string[] {
    return [...this.#principals.keys()];
  }

  principal(clientId: string): Principal | undefined {
    return this.#principals.get(clientId.toLowerCase());
  }

  /** Checks the secret and answers a token; `undefined` client or a wrong secret throws what Entra ID answers. */
  login(clientId: string, secret: string, audience: string, issuer: string, longLived: boolean): IssuedToken {
    const principal = this.principal(clientId);
    if (!principal)
      throw loginFailure(
        'unauthorized_client',
        `AADSTS700016: Application with identifier '${clientId}' was not found in the directory.`,
        400,
      );
    if (secret !== SIMULATED_SECRET)
      throw loginFailure('invalid_client', `AADSTS7000215: Invalid client secret provided for app '${clientId}'.`, 401);
    return this.issue(clientId, audience, issuer, longLived);
  }

  /** A client that announces continuous access evaluation (claim CP1) gets a token of a day, as Entra ID gives it. */
  issue(clientId: string, audience: string, issuer: string, longLived = false): IssuedToken {
    const now = Math.floor(this.#clock.now() / 1000);
    const lifetime = longLived ? 24 * this.#lifetimeSeconds : this.#lifetimeSeconds;
    const objectId = objectIdOf(clientId);
    const claims: TokenClaims = {
      aud: audience,
      iss: issuer,
      iat: now,
      nbf: now - 300,
      exp: now + lifetime,
      tid: this.tenantId,
      oid: objectId,
      sub: objectId,
      appid: clientId,
      idtyp: 'app',
      ver: '1.0',
    };
    const head = encode({ typ: 'JWT', alg: 'RS256', kid: this.keyId(), x5t: this.keyId() });
    const signed = `${head}.${encode(claims)}`;
    const signature = createSign('RSA-SHA256').update(signed).sign(this.#keyPair().privateKey).toString('base64url');
    const accessToken = `${signed}.${signature}`;
    this.#verified.set(accessToken, claims);
    return { accessToken, expiresInSeconds: lifetime, expiresAtSeconds: claims.exp };
  }

  /** Who sent a request. Only tokens this simulator issued are known; a copied or edited one is not. */
  authenticate(authorization: string | null): Principal {
    const token = /^Bearer\s+(.+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined)
      throw unauthenticated(
        'AuthenticationFailed',
        "Authentication failed. The 'Authorization' header is missing.",
        this.tenantId,
      );
    const claims = this.#verified.get(token);
    if (!claims)
      throw unauthenticated(
        'AuthenticationFailed',
        'Authentication failed. The access token is invalid.',
        this.tenantId,
      );
    if (claims.exp * 1000 <= this.#clock.now()) {
      const text =
        `The access token expiry UTC time '${new Date(claims.exp * 1000).toISOString()}' is earlier than ` +
        `current UTC time '${new Date(this.#clock.now()).toISOString()}'.`;
      throw unauthenticated('ExpiredAuthenticationToken', text, this.tenantId);
    }
    const principal = this.principal(claims.appid);
    if (!principal) throw unauthenticated('AuthenticationFailed', 'Authentication failed.', this.tenantId);
    return principal;
  }

  /** The public key as `discovery/keys` shows it. */
  publicKeys(): { keys: readonly Record<string, unknown>[] } {
    const key = this.#keyPair().publicKey.export({ format: 'jwk' });
    return { keys: [{ ...key, use: 'sig', kid: this.keyId(), x5t: this.keyId() }] };
  }

  keyId(): string {
    return createHash('sha1')
      .update(this.#keyPair().publicKey.export({ format: 'der', type: 'spki' }))
      .digest('base64url');
  }

  #keyPair(): { privateKey: KeyObject; publicKey: KeyObject } {
    signingKeys ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
    return signingKeys;
  }
}

/** Entra ID's error body differs from ARM's. */
export class LoginFailure extends Error {
  readonly status: number;
  readonly error: string;
  constructor(status: number, error: string, message: string) {
    super(message);
    this.name = 'LoginFailure';
    this.status = status;
    this.error = error;
  }
}

function loginFailure(error: string, message: string, status: number): LoginFailure {
  return new LoginFailure(status, error, message);
}

function unauthenticated(code: string, message: string, tenantId: string): AzureError {
  const description =
    code === 'ExpiredAuthenticationToken' ? 'The access token expired.' : 'The authentication failed.';
  const challenge =
    `Bearer authorization_uri="https://login.windows.net/${tenantId}", error="invalid_token", ` +
    `error_description="${description}"`;
  return new AzureError(401, code, message, { headers: { 'WWW-Authenticate': challenge } });
}

/** A stable object id per client id. */
function objectIdOf(clientId: string): string {
  const hex = createHash('sha256').update(clientId.toLowerCase()).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
