import { typeAndName, unknownNamespace, unknownType } from './envelope.ts';
import type { Route, Service } from './service.ts';
import { AzureError } from './service.ts';

interface Node {
  readonly literals: Map<string, Node>;
  wildcard: Node | undefined;
  readonly routes: { readonly route: Route; readonly names: readonly string[]; readonly service: Service }[];
}

export interface Match {
  readonly route: Route;
  readonly service: Service;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Routes of every service in one tree of path segments; letters' case never matters, a literal wins over a parameter.
 */
export class Router {
  readonly #root: Node = emptyNode();
  readonly #namespaces = new Map<string, string>();
  /** Type → the api-versions its routes accept. */
  readonly #versions = new Map<string, Set<string>>();

  constructor(services: readonly Service[]) {
    for (const service of services) {
      if (service.provider !== '') this.#namespaces.set(service.provider.toLowerCase(), service.provider);
      for (const route of service.routes) this.#add(service, route);
    }
  }

  match(method: string, path: string, apiVersion = ''): Match {
    const segments = segmentsOf(path);
    const found: { node: Node; values: string[] }[] = [];
    collect(this.#root, segments, 0, [], found);
    for (const { node, values } of found) {
      const hit = node.routes.find(({ route }) => route.method === method);
      if (hit)
        return { ...hit, params: Object.fromEntries(hit.names.map((name, index) => [name, values[index] ?? ''])) };
    }
    if (found.length > 0)
      throw new AzureError(405, 'MethodNotAllowed', `The requested resource does not support http method '${method}'.`);
    throw this.#noRoute(path, apiVersion);
  }

  /** What a provider's registration document lists: type (without its namespace) and api-versions, newest first. */
  typesOf(namespace: string): readonly { readonly resourceType: string; readonly apiVersions: readonly string[] }[] {
    const prefix = `${namespace.toLowerCase()}/`;
    return [...this.#versions]
      .filter(([type]) => type.toLowerCase().startsWith(prefix))
      .map(([type, versions]) => ({
        resourceType: type.slice(prefix.length),
        apiVersions: [...versions].sort().toReversed(),
      }));
  }

  /** Provider namespaces in their canonical spelling. */
  namespaces(): readonly string[] {
    return [...this.#namespaces.values()];
  }

  /** A type in the spelling the routes use: bundles and Resource Graph rows bring others. */
  canonicalType(type: string): string {
    return [...this.#versions.keys()].find((known) => known.toLowerCase() === type.toLowerCase()) ?? type;
  }

  #add(service: Service, route: Route): void {
    let node = this.#root;
    const names: string[] = [];
    for (const segment of segmentsOf(route.path)) {
      const parameter = /^\{(.+)\}$/.exec(segment)?.[1];
      if (parameter === undefined) {
        const key = segment.toLowerCase();
        const next = node.literals.get(key) ?? emptyNode();
        node.literals.set(key, next);
        node = next;
      } else {
        names.push(parameter);
        node.wildcard ??= emptyNode();
        node = node.wildcard;
      }
    }
    if (node.routes.some((other) => other.route.method === route.method))
      throw new Error(`two routes for ${route.method} ${route.path}`);
    node.routes.push({ route, names, service });
    this.#noteVersions(route);
  }

  #noteVersions(route: Route): void {
    // An action is no type of its own.
    if (route.method === 'POST' || !route.path.toLowerCase().includes('/providers/')) return;
    const { type } = typeAndName(route.path);
    const known = this.#versions.get(type) ?? new Set<string>();
    for (const version of route.apiVersions) known.add(version);
    this.#versions.set(type, known);
  }

  #noRoute(path: string, apiVersion: string): AzureError {
    const segments = segmentsOf(path);
    const at = segments.findLastIndex((segment) => segment.toLowerCase() === 'providers');
    const namespace = at === -1 ? undefined : segments[at + 1];
    if (namespace !== undefined && !this.#namespaces.has(namespace.toLowerCase())) return unknownNamespace(namespace);
    if (namespace !== undefined) return unknownType(typeAndName(path).type, apiVersion);
    return new AzureError(404, 'InvalidResourceType', `The resource at '${path}' is not known.`);
  }
}

function emptyNode(): Node {
  return { literals: new Map(), wildcard: undefined, routes: [] };
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function collect(
  node: Node,
  segments: readonly string[],
  at: number,
  values: string[],
  found: { node: Node; values: string[] }[],
): void {
  const segment = segments[at];
  if (segment === undefined) {
    if (node.routes.length > 0) found.push({ node, values });
    return;
  }
  const literal = node.literals.get(segment.toLowerCase());
  if (literal) collect(literal, segments, at + 1, values, found);
  if (node.wildcard) collect(node.wildcard, segments, at + 1, [...values, segment], found);
}

/** The subscription a path lies in, as sent. */
export function subscriptionOf(path: string): string | undefined {
  return /^\/subscriptions\/([^/]+)/i.exec(path)?.[1];
}

/** The resource group a path lies in, as sent. */
export function resourceGroupOf(path: string): string | undefined {
  return /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(path)?.[1];
}
