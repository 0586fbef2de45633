import type { Identity } from './identity.ts';
import { LoginFailure } from './identity.ts';
import type { Answer, Call, Route, Service } from './service.ts';

/**
 * What clients ask before they reach Resource Manager: the cloud's metadata, an authority under `/adfs` (which MSAL
 * takes
 * as it is, without instance discovery), one under `/{tenant}`, and tokens by client secret.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export function loginService(identity: Identity, speed: number): Service {
  const get = (path: string, handle: (call: Call) => Answer): Route => ({
    method: 'GET',
    path,
    apiVersions: [],
    action: null,
    handle,
  });
  const post = (path: string, handle: (call: Call) => Answer): Route => ({
    method: 'POST',
    path,
    apiVersions: [],
    action: null,
    handle,
  });
  const token = (authority: string) => (call: Call) =>
    tokenAnswer(call, identity, issuerOf(call, authority, identity), speed);
  const tenantConfiguration = (call: Call): Answer =>
    answerLogin(call, () => {
      const tenant = call.params['tenant'] ?? '';
      if (!/^(common|organizations)$/i.test(tenant)) requireTenant(tenant, identity);
      return { status: 200, body: openIdConfiguration(call, tenant, identity) };
    });
  return {
    provider: '',
    routes: [
      get('/metadata/endpoints', (call) => ({ status: 200, body: metadata(call) })),
      get('/common/discovery/instance', (call) => ({ status: 200, body: instanceDiscovery(call) })),
      get('/adfs/.well-known/openid-configuration', (call) => ({
        status: 200,
        body: openIdConfiguration(call, 'adfs', identity),
      })),
      get('/{tenant}/v2.0/.well-known/openid-configuration', tenantConfiguration),
      get('/{tenant}/.well-known/openid-configuration', tenantConfiguration),
      get('/adfs/discovery/keys', () => ({ status: 200, body: identity.publicKeys() })),
      get('/{tenant}/discovery/v2.0/keys', () => ({ status: 200, body: identity.publicKeys() })),
      post('/adfs/oauth2/token', token('adfs')),
      post('/{tenant}/oauth2/token', token('tenant')),
      post('/{tenant}/oauth2/v2.0/token', token('tenant')),
    ],
  };
}

function issuerOf(call: Call, authority: string, identity: Identity): string {
  return authority === 'adfs' ? `${call.world.origin()}/adfs` : `${call.world.origin()}/${identity.tenantId}/`;
}

function tokenAnswer(call: Call, identity: Identity, issuer: string, speed: number): Answer {
  const form = call.body ?? {};
  const text = (name: string): string => (typeof form[name] === 'string' ? form[name] : '');
  return answerLogin(call, () => {
    if (call.params['tenant'] !== undefined) requireTenant(call.params['tenant'], identity);
    if (text('grant_type') !== 'client_credentials') {
      throw new LoginFailure(
        400,
        'unsupported_grant_type',
        `AADSTS70003: The app requested an unsupported grant type '${text('grant_type')}'.`,
      );
    }
    const audience = text('scope').replace(/\/\.default$/, '') || text('resource');
    const longLived = /cp1/i.test(text('claims'));
    const sent = basicCredentials(call) ?? { id: text('client_id'), secret: text('client_secret') };
    const issued = identity.login(sent.id, sent.secret, audience, issuer, longLived);
    // The client counts in its own seconds: a clock that runs faster than life uses the token up sooner.
    const expiresIn = Math.max(1, Math.floor(issued.expiresInSeconds / speed));
    return {
      status: 200,
      body: {
        token_type: 'Bearer',
        expires_in: expiresIn,
        ext_expires_in: expiresIn,
        expires_on: String(issued.expiresAtSeconds),
        resource: audience,
        access_token: issued.accessToken,
      },
    };
  });
}

/**
 * Client id and secret in the Authorization header, form-encoded each.
 * https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
 */
function basicCredentials(call: Call): { id: string; secret: string } | undefined {
  const sent = /^Basic\s+(\S+)$/i.exec(call.headers.get('authorization') ?? '')?.[1];
  if (sent === undefined) return undefined;
  const [id = '', secret = ''] = Buffer.from(sent, 'base64').toString().split(':');
  const decoded = (text: string): string => new URLSearchParams(`v=${text}`).get('v') ?? '';
  return { id: decoded(id), secret: decoded(secret) };
}

function requireTenant(tenant: string, identity: Identity): void {
  if (tenant.toLowerCase() === identity.tenantId.toLowerCase()) return;
  throw new LoginFailure(
    400,
    'invalid_tenant',
    `AADSTS90002: Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
  );
}

/** Runs one step of a login; a refusal becomes Entra ID's error body. Neither may be kept by a cache. */
function answerLogin(call: Call, step: () => Answer): Answer {
  const headers = { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache' };
  try {
    return { ...step(), headers };
  } catch (error) {
    if (!(error instanceof LoginFailure)) throw error;
    const code = /^AADSTS(\d+)/.exec(error.message)?.[1];
    return {
      status: error.status,
      headers,
      body: {
        error: error.error,
        error_description: error.message,
        error_codes: code === undefined ? [] : [Number(code)],
        correlation_id: call.world.random.uuid(),
      },
    };
  }
}

function openIdConfiguration(call: Call, authority: string, identity: Identity): unknown {
  const base = `${call.world.origin()}/${authority}`;
  const adfs = authority === 'adfs';
  return {
    issuer: adfs ? base : `${call.world.origin()}/${identity.tenantId}/v2.0`,
    authorization_endpoint: adfs ? `${base}/oauth2/authorize` : `${base}/oauth2/v2.0/authorize`,
    token_endpoint: adfs ? `${base}/oauth2/token` : `${base}/oauth2/v2.0/token`,
    device_authorization_endpoint: adfs ? `${base}/oauth2/devicecode` : `${base}/oauth2/v2.0/devicecode`,
    jwks_uri: adfs ? `${base}/discovery/keys` : `${base}/discovery/v2.0/keys`,
    response_types_supported: ['code', 'id_token', 'code id_token', 'token'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    scopes_supported: ['openid'],
    subject_types_supported: ['pairwise'],
    grant_types_supported: ['client_credentials'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  };
}

function instanceDiscovery(call: Call): unknown {
  const host = new URL(call.world.origin()).host;
  return {
    tenant_discovery_endpoint: `${call.world.origin()}/common/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}

/** One object up to 2018 and from 2022 on, an array in between: clients of each time expect theirs. */
function metadata(call: Call): unknown {
  const origin = call.world.origin();
  const host = new URL(origin).hostname;
  const modern = {
    name: 'Simulated',
    portal: origin,
    authentication: {
      loginEndpoint: `${origin}/adfs`,
      audiences: [`${origin}/`, 'https://management.azure.com/'],
      tenant: 'common',
      identityProvider: 'AAD',
    },
    resourceManager: `${origin}/`,
    media: origin,
    graph: `${origin}/`,
    graphAudience: `${origin}/`,
    gallery: `${origin}/`,
    batch: `${origin}/`,
    sqlManagement: `${origin}/`,
    vmImageAliasDoc: `${origin}/`,
    activeDirectoryDataLake: `${origin}/`,
    microsoftGraphResourceId: `${origin}/`,
    appInsightsResourceId: `${origin}/`,
    logAnalyticsResourceId: `${origin}/`,
    synapseAnalyticsResourceId: `${origin}/`,
    attestationResourceId: `${origin}/`,
    ossrDbmsResourceId: `${origin}/`,
    suffixes: {
      storage: `core.${host}`,
      keyVaultDns: `vault.${host}`,
      sqlServerHostname: `database.${host}`,
      acrLoginServer: `azurecr.${host}`,
      mhsmDns: `managedhsm.${host}`,
      mysqlServerEndpoint: `mysql.${host}`,
      postgresqlServerEndpoint: `postgres.${host}`,
      mariadbServerEndpoint: `mariadb.${host}`,
      synapseAnalytics: `synapse.${host}`,
      azureDataLakeStoreFileSystem: `datalake.${host}`,
      azureDataLakeAnalyticsCatalogAndJob: `analytics.${host}`,
      attestationEndpoint: `attest.${host}`,
    },
  };
  if (call.apiVersion === '2019-05-01') return [modern];
  if (call.apiVersion !== '' && call.apiVersion < '2019-05-01') {
    return {
      galleryEndpoint: `${origin}/`,
      graphEndpoint: `${origin}/`,
      portalEndpoint: `${origin}/`,
      graphAudience: `${origin}/`,
      authentication: { loginEndpoint: `${origin}/adfs`, audiences: [`${origin}/`] },
    };
  }
  return modern;
}
