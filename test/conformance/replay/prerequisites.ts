import type { Json, Recorded } from './recording.ts';
import { eachObject, isObject, resourceIdOf, typeOfId } from './recording.ts';

/** What must be there before the first request, because the recording uses it and never makes it. */
export interface Prerequisites {
  readonly subscriptions: readonly string[];
  readonly resources: readonly Json[];
  /** Exchanges whose own answer was what a resource was made from: they prove nothing and are not counted. */
  readonly given: ReadonlySet<Recorded>;
  /** Ids, in lower case, of what the flow makes, asks for or starts from; whatever else a list shows is a stranger. */
  readonly known: ReadonlySet<string>;
}

/** Types kept in the simulator's store that a recording may find already there. */
const seeded =
  /^(?:Microsoft\.Resources\/subscriptions\/resourceGroups|Microsoft\.Compute\/(?:virtualMachines|disks|snapshots|images|restorePointCollections(?:\/restorePoints)?)|Microsoft\.Network\/(?:virtualNetworks|networkInterfaces|networkSecurityGroups)|Microsoft\.Storage\/storageAccounts|Microsoft\.RecoveryServices\/vaults(?:\/backupPolicies|\/backupFabrics\/protectionContainers\/protectedItems)?)$/i;

/** Reads the whole flow once and decides what it takes for granted. */
export function prerequisitesOf(flow: readonly Recorded[]): Prerequisites {
  const made = madeBy(flow);
  const found = new Map<string, { body: Json; from: Recorded }>();
  const mentioned = new Map<string, string>();
  for (const exchange of flow) {
    for (const id of idsIn(exchange)) if (!mentioned.has(id.toLowerCase())) mentioned.set(id.toLowerCase(), id);
  }
  for (const exchange of flow) {
    if (exchange.status !== 200 || exchange.method !== 'GET') continue;
    for (const body of bodiesIn(exchange)) {
      const id = String(body['id']);
      const key = id.toLowerCase();
      if (!seeded.test(typeOfId(id)) || isMade(key, made) || found.has(key)) continue;
      if (isMentioned(key, mentioned)) found.set(key, { body, from: exchange });
    }
  }
  const resources = [...found.values()].map(({ body }): Json => ({ ...body, type: typeOfId(String(body['id'])) }));
  resources.push(...groupsNeeded(flow, mentioned, made, found), ...rowsNeeded(flow, made));
  return {
    subscriptions: [...new Set([...mentioned.values()].map((id) => id.split('/')[2] ?? ''))],
    resources,
    given: new Set([...found.values()].map(({ from }) => from)),
    known: new Set([...mentioned.keys(), ...made, ...found.keys()]),
  };
}

/** Named by a request itself, or under something that a request names: a list alone may show the whole subscription. */
function isMentioned(key: string, mentioned: ReadonlyMap<string, string>): boolean {
  if (mentioned.has(key)) return true;
  const parent = key.split('/').slice(0, 9).join('/');
  return parent !== key && mentioned.has(parent);
}

/** Ids that the flow itself makes, by PUT, or through a template, or as the disks of a machine it makes. */
function madeBy(flow: readonly Recorded[]): ReadonlySet<string> {
  const made = new Set<string>();
  for (const { method, path, status, request } of flow) {
    const id = resourceIdOf(path);
    if (id === undefined || method !== 'PUT') continue;
    if (status < 300) made.add(id.toLowerCase());
    if (/\/deployments\//i.test(path))
      for (const resource of templateResources(id, request)) made.add(resource.id.toLowerCase());
  }
  return made;
}

/** Made itself, or under something made; the disks of a made machine have names nobody sent. */
function isMade(key: string, made: ReadonlySet<string>): boolean {
  const [group, rest = ''] = key.split('/providers/');
  if (rest === '') return made.has(key);
  if (made.has(key) || (group !== undefined && made.has(group))) return true;
  for (const id of made) if (key.startsWith(`${id}/`) && id.includes('/providers/')) return true;
  const makesMachines = [...made].some((id) => id.startsWith(`${group}/`) && id.includes('/virtualmachines/'));
  return rest.startsWith('microsoft.compute/disks/') && makesMachines;
}

function idsIn(exchange: Recorded): readonly string[] {
  const ids: string[] = [];
  const own = /^\/subscriptions\/[^/]+/i.test(exchange.path) ? [resourceIdOf(exchange.path) ?? exchange.path] : [];
  eachObject(exchange.request, (object) => {
    for (const value of Object.values(object))
      if (typeof value === 'string' && /^\/subscriptions\//i.test(value)) ids.push(value);
    const scopes = object['subscriptions'];
    if (Array.isArray(scopes))
      ids.push(...scopes.filter((id) => typeof id === 'string').map((id) => `/subscriptions/${id}`));
  });
  return [...own, ...ids];
}

function bodiesIn(exchange: Recorded): readonly Json[] {
  if (!isObject(exchange.body)) return [];
  const rows = exchange.body['value'];
  return (Array.isArray(rows) ? rows : [exchange.body]).filter(
    (row): row is Json => isObject(row) && typeof row['id'] === 'string',
  );
}

/** Groups that something lives in and no request makes; where the recording never says, the place of their contents. */
function groupsNeeded(
  flow: readonly Recorded[],
  mentioned: ReadonlyMap<string, string>,
  made: ReadonlySet<string>,
  found: ReadonlyMap<string, unknown>,
): readonly Json[] {
  const groups = new Map<string, Json>();
  for (const id of mentioned.values()) {
    const group = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(id)?.[0];
    if (group === undefined) continue;
    const key = group.toLowerCase();
    if (made.has(key) || found.has(key) || groups.has(key)) continue;
    const inside = flow.find(
      ({ path, request }) =>
        path.toLowerCase().startsWith(`${key}/`) && isObject(request) && typeof request['location'] === 'string',
    );
    const location = isObject(inside?.request) ? inside.request['location'] : 'westeurope';
    groups.set(key, {
      id: group,
      name: group.split('/')[4],
      type: 'Microsoft.Resources/subscriptions/resourceGroups',
      location,
      properties: { provisioningState: 'Succeeded' },
    });
  }
  return [...groups.values()];
}

/**
 * A flow that only queries the graph says how many rows there were: so many plain disks, up to fifty, stand for them.
 */
function rowsNeeded(flow: readonly Recorded[], made: ReadonlySet<string>): readonly Json[] {
  if (made.size > 0) return [];
  const counts = flow.flatMap(({ path, body }) =>
    /\/Microsoft\.ResourceGraph\/resources$/i.test(path) && isObject(body) ? [Number(body['totalRecords'] ?? 0)] : [],
  );
  const subscription = flow.flatMap(idsIn)[0]?.split('/')[2];
  if (subscription === undefined) return [];
  return Array.from({ length: Math.min(50, Math.max(0, ...counts)) }, (_, i): Json => {
    const name = `disk-${String(i).padStart(2, '0')}`;
    return {
      id: `/subscriptions/${subscription}/resourceGroups/rows/providers/Microsoft.Compute/disks/${name}`,
      name,
      type: 'Microsoft.Compute/disks',
      location: 'westeurope',
      properties: { diskSizeGB: 4, provisioningState: 'Succeeded' },
    };
  });
}

export interface TemplateResource {
  readonly id: string;
  readonly type: string;
  readonly apiVersion: string;
  readonly body: Json;
}

/** The resources that a template deployment into a group makes, expressions over parameters and variables filled in. */
export function templateResources(deploymentId: string, request: unknown): readonly TemplateResource[] {
  const properties = isObject(request) && isObject(request['properties']) ? request['properties'] : {};
  const template = isObject(properties['template']) ? properties['template'] : {};
  const resources = Array.isArray(template['resources']) ? template['resources'] : [];
  const group = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(deploymentId)?.[0];
  if (group === undefined) return [];
  const parameters = { ...defaultsOf(template['parameters']), ...valuesOf(properties['parameters']) };
  const variables = isObject(template['variables']) ? template['variables'] : {};
  return resources.filter(isObject).flatMap((resource) => {
    const filled = fill(resource, parameters, variables) as Json;
    const { name, type, apiVersion, dependsOn: _, comments: __, ...body } = filled;
    if (typeof name !== 'string' || typeof type !== 'string') return [];
    const [namespace, ...types] = type.split('/');
    const names = name.split('/');
    const tail = types.map((each, i) => `${each}/${names[i] ?? ''}`).join('/');
    return [{ id: `${group}/providers/${namespace}/${tail}`, type, apiVersion: String(apiVersion), body }];
  });
}

function defaultsOf(parameters: unknown): Json {
  if (!isObject(parameters)) return {};
  return Object.fromEntries(
    Object.entries(parameters).map(([name, spec]) => [name, isObject(spec) ? spec['defaultValue'] : undefined]),
  );
}

function valuesOf(parameters: unknown): Json {
  if (!isObject(parameters)) return {};
  return Object.fromEntries(
    Object.entries(parameters).map(([name, spec]) => [name, isObject(spec) ? spec['value'] : undefined]),
  );
}

/** Other template functions are beyond this tool: such a value stays as it is written. */
function fill(value: unknown, parameters: Json, variables: Json): unknown {
  if (Array.isArray(value)) return value.map((each) => fill(each, parameters, variables));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, parameters, variables)]));
  if (typeof value !== 'string') return value;
  const lookup = /^\[(parameters|variables)\('([^']+)'\)\]$/.exec(value);
  if (!lookup) return value;
  return (lookup[1] === 'parameters' ? parameters : variables)[lookup[2]!] ?? value;
}
