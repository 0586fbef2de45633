/** Which Azure: a public cloud by name, or a cloud file (a simulator, a private cloud). */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { jsonPlaces, placeAt, placeOf, type Place } from '../core/json-position.ts';
import { UsageError, type Problem } from '../core/problem.ts';

export interface Cloud {
  readonly name: string;
  /** Where requests go, e.g. `https://management.azure.com`. */
  readonly resourceManager: string;
  /** Where tokens come from; a first path segment `adfs` is kept. */
  readonly authority: string;
  /** What tokens are for; `/.default` is appended. */
  readonly audience: string;
  /** PEM text of the certificate authority to trust instead of the system's. */
  readonly ca?: string;
  readonly tenantId?: string;
  readonly subscriptions?: readonly string[];
  /** How many times as fast as life the cloud's clock runs; only simulators differ from 1. */
  readonly timeScale: number;
  /** Where the Retail Prices API answers, e.g. `https://prices.azure.com`. Absent: this cloud has none. */
  readonly retailPrices?: string;
  /** A published throw-away login; only simulators write one. */
  readonly credential?: { readonly clientId: string; readonly clientSecret: string };
}

const named = (name: string, resourceManager: string, authority: string): Cloud => ({
  name,
  resourceManager,
  authority,
  audience: resourceManager,
  timeScale: 1,
});

/**
 * https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure and
 * https://learn.microsoft.com/azure/china/resources-developer-guide
 */
export const clouds: readonly Cloud[] = [
  // https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices names no other endpoint.
  {
    ...named('AzurePublic', 'https://management.azure.com', 'https://login.microsoftonline.com'),
    retailPrices: 'https://prices.azure.com',
  },
  named('AzureUSGovernment', 'https://management.usgovcloudapi.net', 'https://login.microsoftonline.us'),
  named('AzureChina', 'https://management.chinacloudapi.cn', 'https://login.chinacloudapi.cn'),
];

const https = z.url({ protocol: /^https$/, error: 'expected an https URL' }).refine((text) => {
  const url = URL.parse(text);
  return url === null || (url.username === '' && url.password === '' && url.search === '' && url.hash === '');
}, 'a URL without user, query or fragment');

const schema = z.strictObject({
  name: z.string().min(1),
  resourceManager: https,
  authority: https,
  audience: z.string().min(1),
  caFile: z.string().min(1).optional(),
  tenantId: z.string().min(1).optional(),
  subscriptions: z.array(z.string().min(1)).optional(),
  timeScale: z.number().positive().optional(),
  retailPrices: https.optional(),
  credential: z.strictObject({ clientId: z.string().min(1), clientSecretFile: z.string().min(1) }).optional(),
});

/** A name of `clouds` (without regard to case) or the path of a cloud file. Throws UsageError with every problem. */
export const readCloud = async (nameOrFile: string): Promise<Cloud> => {
  const known = clouds.find((cloud) => cloud.name.toLowerCase() === nameOrFile.toLowerCase());
  if (known) return known;
  const text = await textOf(
    nameOrFile,
    `there is no cloud of that name (${clouds.map((c) => c.name).join(', ')}) and no such file`,
  );
  const file = parseCloudFile(text, nameOrFile);
  const beside = (path: string): string => (isAbsolute(path) ? path : join(dirname(nameOrFile), path));
  const { caFile, credential, tenantId, subscriptions, timeScale, retailPrices, ...rest } = file;
  return {
    ...rest,
    resourceManager: rest.resourceManager.replace(/\/+$/, ''),
    timeScale: timeScale ?? 1,
    ...(retailPrices === undefined ? {} : { retailPrices: retailPrices.replace(/\/+$/, '') }),
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(subscriptions === undefined ? {} : { subscriptions }),
    ...(caFile === undefined ? {} : { ca: await textOf(beside(caFile), 'no such file, named by "caFile"') }),
    ...(credential === undefined
      ? {}
      : {
          credential: {
            clientId: credential.clientId,
            clientSecret: (
              await textOf(beside(credential.clientSecretFile), 'no such file, named by "clientSecretFile"')
            ).trim(),
          },
        }),
  };
};

/** `file` is for messages only. Throws UsageError, each problem with line and column. */
export const parseCloudFile = (text: string, file: string): z.infer<typeof schema> => {
  const places = jsonPlaces(text);
  if (places.kind === 'broken')
    throw new UsageError([problem(file, `not JSON: expected ${places.expected}`, placeOf(text, places.offset))]);
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new UsageError(
    parsed.error.issues.map((issue) => {
      const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
      return problem(
        file,
        `${path.length === 0 ? '' : `${path.map(String).join('.')}: `}${issue.message}`,
        placeAt(text, path),
      );
    }),
  );
};

const textOf = async (path: string, absent: string): Promise<string> => {
  try {
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? absent : (error as Error).message;
    throw new UsageError([{ code: 'cloud-file', severity: 'high', subject: path, summary: `${path}: ${why}` }]);
  }
};

const problem = (file: string, summary: string, { line, column }: Place): Problem => ({
  code: 'cloud-file',
  severity: 'high',
  subject: file,
  summary,
  at: { file, line, column },
});
