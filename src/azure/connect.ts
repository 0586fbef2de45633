/**
 * Makes the transport. SDKs load on first use and one at a time: overlapping loads of ESM and CommonJS
 * SDKs fail on Node 24.
 */
import type { TokenCredential } from '@azure/identity';
import type { Pipeline } from '@azure/core-rest-pipeline';
import type { Cloud } from './cloud.ts';
import { credentialFor } from './login.ts';
import { makeTransport, type Exchange, type Provider, type Transport } from './transport.ts';

export interface ConnectOptions {
  /** Milliseconds of a monotonic clock, in life's own speed; scaled by the cloud's `timeScale` here. */
  readonly elapsedMs: () => number;
  /** Put in front of the SDK's own user agent: `holdfast/0.1.0`. */
  readonly userAgent?: string;
  /** See TransportParts. */
  readonly correlationId?: string;
  /** Tests pass their own; otherwise the cloud file's login or DefaultAzureCredential. */
  readonly credential?: TokenCredential;
  readonly onAnswer?: (exchange: Exchange) => void;
  /** See TransportParts. */
  readonly answerWithinMs?: number;
}

export const connect = (cloud: Cloud, options: ConnectOptions): Transport => {
  const load = oneAtATime();
  const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => (made ??= load(make));
  };
  const rest = once(() => import('@azure/core-rest-pipeline'));
  const newLogin = () => once(async () => options.credential ?? credentialFor(cloud, options.answerWithinMs));
  let login = newLogin();
  const pipelines = new Map<ArmProvider, () => Promise<Pipeline>>();
  /** Pipelines of the login in use: several requests may learn at once that it is over. */
  const current = new Set<Pipeline>();
  return makeTransport({
    resourceManager: cloud.resourceManager,
    elapsedMs: () => options.elapsedMs() * cloud.timeScale,
    rest,
    pipeline: async (asked) => {
      if (asked === 'retail-prices') throw new Error('the price list has a transport of its own');
      const provider: ArmProvider = asked;
      const credential = await login();
      const make =
        pipelines.get(provider) ?? once(() => pipelineOf(provider, credential, clientOptions(cloud, options)));
      pipelines.set(provider, make);
      const pipeline = await make();
      if (pipelines.get(provider) === make) current.add(pipeline);
      return pipeline;
    },
    // Both hold tokens by this machine's clock, and neither lets go on request: a credential has its MSAL cache, a
    // pipeline its own.
    renewLogin: (used) => {
      if (!current.has(used)) return;
      current.clear();
      pipelines.clear();
      login = newLogin();
    },
    ...(options.correlationId === undefined ? {} : { correlationId: options.correlationId }),
    ...(options.answerWithinMs === undefined ? {} : { answerWithinMs: options.answerWithinMs }),
    ...(options.onAnswer ? { onAnswer: options.onAnswer } : {}),
  });
};

/** To the cloud's price list, which asks for no login. `undefined`: this cloud has none. */
export const connectPrices = (cloud: Cloud, options: Omit<ConnectOptions, 'credential'>): Transport | undefined => {
  if (cloud.retailPrices === undefined) return undefined;
  const rest = () => import('@azure/core-rest-pipeline');
  let made: Promise<Pipeline> | undefined;
  return makeTransport({
    resourceManager: cloud.retailPrices,
    elapsedMs: () => options.elapsedMs() * cloud.timeScale,
    rest,
    pipeline: () => (made ??= rest().then((module) => module.createPipelineFromOptions(clientOptions(cloud, options)))),
    ...(options.answerWithinMs === undefined ? {} : { answerWithinMs: options.answerWithinMs }),
    ...(options.onAnswer ? { onAnswer: options.onAnswer } : {}),
  });
};

const oneAtATime = (): (<T>(make: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (make) => {
    const next = last.then(make, make);
    last = next;
    return next;
  };
};

/** No retries and no redirects: the engine owns waiting, and a token must not wander. */
const clientOptions = (cloud: Cloud, options: ConnectOptions) => ({
  endpoint: cloud.resourceManager,
  retryOptions: { maxRetries: 0 },
  redirectOptions: { maxRetries: 0 },
  // The two generations of SDK packages name the token's scope differently.
  credentials: { scopes: [`${cloud.audience}/.default`] },
  credentialScopes: `${cloud.audience}/.default`,
  ...(options.userAgent === undefined ? {} : { userAgentOptions: { userAgentPrefix: options.userAgent } }),
  ...(cloud.ca === undefined ? {} : { tlsOptions: { ca: cloud.ca } }),
});

/** Clients want one; only their pipelines are used, and paths name their own subscription. */
const noSubscription = '00000000-0000-0000-0000-000000000000';

type ArmProvider = Exclude<Provider, 'retail-prices'>;

const pipelineOf = async (
  provider: ArmProvider,
  credential: TokenCredential,
  options: ReturnType<typeof clientOptions>,
): Promise<Pipeline> => {
  const pipeline = await sdkPipeline[provider](credential, options);
  // The older generation parses bodies by its models and throws on what it does not know: raw bodies are wanted.
  pipeline.removePolicy({ name: 'deserializationPolicy' });
  pipeline.removePolicy({ name: 'serializationPolicy' });
  return pipeline;
};

type MakePipeline = (credential: TokenCredential, options: ReturnType<typeof clientOptions>) => Promise<Pipeline>;

const sdkPipeline: Readonly<Record<ArmProvider, MakePipeline>> = {
  compute: async (credential, options) => {
    const { ComputeManagementClient } = await import('@azure/arm-compute');
    return new ComputeManagementClient(credential, noSubscription, options).pipeline;
  },
  'recovery-services': async (credential, options) => {
    const { RecoveryServicesClient } = await import('@azure/arm-recoveryservices');
    return new RecoveryServicesClient(credential, noSubscription, options).pipeline;
  },
  backup: async (credential, options) => {
    const { RecoveryServicesBackupClient } = await import('@azure/arm-recoveryservicesbackup');
    return new RecoveryServicesBackupClient(credential, noSubscription, options).pipeline;
  },
  'site-recovery': async (credential, options) => {
    const { SiteRecoveryManagementClient } = await import('@azure/arm-recoveryservices-siterecovery');
    return new SiteRecoveryManagementClient(credential, noSubscription, options).pipeline;
  },
  'resource-graph': async (credential, options) => {
    const { ResourceGraphClient } = await import('@azure/arm-resourcegraph');
    return new ResourceGraphClient(credential, noSubscription, options).pipeline;
  },
  resources: async (credential, options) => {
    const { ResourceManagementClient } = await import('@azure/arm-resources');
    return new ResourceManagementClient(credential, noSubscription, options).pipeline;
  },
  subscriptions: async (credential, options) => {
    const { SubscriptionClient } = await import('@azure/arm-resources-subscriptions');
    return new SubscriptionClient(credential, options).pipeline;
  },
};
