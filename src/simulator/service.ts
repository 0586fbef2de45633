/**
 * The seam between the simulator's kernel (protocol, store, operations, identity, throttling) and the simulated
 * services. A service is a list of routes; a route is a pure-looking handler over the world.
 * Nothing here is shared with the product: if both used one id parser, a wrong belief about Azure would agree with
 * itself.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
// eslint-disable-next-line -- resource bodies are edited in place by services; the store copies on the way in and out.
export type Mutable = { [key: string]: any };

/**
 * One resource as the store keeps it: the body a GET would answer, without casing quirks (those are applied on the way
 * out).
 */
export interface Stored {
  /** In the spelling it was created with. */
  readonly id: string;
  /** `Microsoft.Compute/disks`, canonical casing. */
  readonly type: string;
  /** The body: name, location, tags, sku, zones, identity, properties… without id and type. */
  body: Mutable;
  /** Simulator-private facts that never go on the wire. */
  hidden: Mutable;
  readonly createdAt: number;
  updatedAt: number;
}

/** Versions are deep-frozen: edit through `update`, and clone before changing what `get` or `list` gave. */
export interface Store {
  get(id: string): Stored | undefined;
  /** Creates or replaces. */
  put(resource: { id: string; type: string; body: Mutable; hidden?: Mutable }): Stored;
  /** Edits in place and stamps `updatedAt`. */
  update(id: string, edit: (stored: Stored) => void): Stored;
  delete(id: string): boolean;
  /** All resources of a type whose id starts with `scope` (case-insensitive), in creation order. */
  list(type: string, scope?: string): readonly Stored[];
  /** As `list`, but as it was `lagMs` ago: what a list answer shows. `get` never lags. */
  listed(type: string, lagMs: number, scope?: string): readonly Stored[];
  /** Every resource, or those of a type, for Resource Graph: as it was `lagMs` ago (deleted ones that still lag included). */
  asOf(lagMs: number, type?: string): readonly Stored[];
  /** Every resource as it is now. */
  all(): readonly Stored[];
  /** When a resource that is gone was deleted; `undefined` when it never was there, or still is. */
  deletedAt(id: string): number | undefined;
}

/** The simulator's own clock: virtual, advanced by a control call, by test code, or by real time times `speed`. */
export interface SimClock {
  now(): number;
  /** Runs `act` when the clock reaches `at` (in order; also when it is advanced past it). */
  at(at: number, act: () => void): void;
}

/** As Microsoft.Authorization/permissions answers it. */
export interface Grant {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
}

export interface Principal {
  readonly objectId: string;
  readonly name: string;
  /** Whether an action (`Microsoft.Compute/disks/read`) is granted at a scope. */
  can(action: string, scope: string): boolean;
  /** The grants at a scope, as Microsoft.Authorization/permissions answers. */
  permissionsAt(scope: string): readonly Grant[];
}

export interface Call {
  readonly method: string;
  /** Path as sent, decoded, double slashes folded. */
  readonly path: string;
  readonly url: URL;
  /** Template parameters in the spelling the caller sent. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly apiVersion: string;
  readonly headers: Headers;
  /** Parsed JSON body, `undefined` when none was sent. */
  readonly body: Mutable | undefined;
  readonly principal: Principal;
  readonly world: World;
}

export interface World {
  readonly store: Store;
  readonly clock: SimClock;
  readonly operations: Operations;
  /** Seeded: the same world makes the same ids. */
  readonly random: Random;
  readonly options: SimulatorOptions;
  /** `https://localhost:port`: what absolute URLs in answers start with. */
  origin(): string;
}

export interface Random {
  /** In [0, 1). */
  next(): number;
  uuid(): string;
  /** Whole number in [min, max]. */
  int(min: number, max: number): number;
}

export interface SimulatorOptions {
  /** Rows a list answers at once: small, so that paging is always exercised. */
  readonly pageSize: number;
  /** How long Resource Graph lags writes, ms. */
  readonly graphLagMs: number;
  /**
   * Rows a Resource Graph page holds at most: small too; Azure gives up to 1,000. `$top` lowers it, never raises it.
   */
  readonly graphPageSize: number;
  /** How long lists lag writes, ms. */
  readonly listLagMs: number;
  /** Seconds put in Retry-After of asynchronous answers; at least 1. */
  readonly retryAfterSeconds: number;
  readonly seed: number;
  /** When Azure gives up an operation that hangs, ms after its begin; never where absent. How long it takes is [K]. */
  readonly hungOperationEndsMs?: number;
  /** Cores a subscription may use in a region, of all sizes together; no limit where absent. */
  readonly coreQuota?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An Azure error, thrown by handlers; the kernel wraps it in the envelope of the provider. */
export class AzureError extends Error {
  readonly status: number;
  readonly code: string;
  readonly target: string | undefined;
  readonly details: readonly { code: string; message: string; target?: string }[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      target?: string;
      details?: readonly { code: string; message: string; target?: string }[];
      headers?: Record<string, string>;
    } = {},
  ) {
    super(message);
    this.name = 'AzureError';
    this.status = status;
    this.code = code;
    this.target = more.target;
    this.details = more.details ?? [];
    this.headers = more.headers ?? {};
  }
}

/** Long-running work on the simulator's clock. */
export interface Operations {
  /**
   * Starts an operation. `durationMs` of virtual time later `finish` runs (it edits the store and may return the
   * operation's result body, or throw AzureError to fail). The service decides its dialect: status and result URLs and
   * bodies.
   */
  start(spec: {
    kind: string;
    scope: string;
    durationMs: number;
    finish: () => unknown;
    /** Runs instead of `finish` when a fault fails the operation, and after a `finish` that threw. */
    fail?: () => void;
    /** Free for the service: job id, percent, dialect. */
    data?: Mutable;
  }): Operation;
  get(id: string): Operation | undefined;
  list(): readonly Operation[];
}

export interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly scope: string;
  readonly startedAt: number;
  readonly endsAt: number;
  readonly data: Mutable;
  status: 'InProgress' | 'Succeeded' | 'Failed' | 'Canceled';
  endedAt?: number;
  result?: unknown;
  error?: { code: string; message: string };
}

/** A further permission that a request needs at a further scope, and the page that says so. */
export interface LinkedPermission {
  readonly action: string;
  readonly scope: string;
  readonly source: string;
}

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD';
  /**
   * `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/disks/{diskName}`;
   * matched without regard to case.
   */
  readonly path: string;
  /**
   * The api-versions accepted, from the OpenAPI documents, recorded traffic and clients; others get Azure's own 400.
   */
  readonly apiVersions: readonly string[];
  /** The permission needed when it is not the one the path and verb say. `null`: none (login, metadata). */
  readonly action?: string | null;
  /** Linked checks, because of what the body names. */
  readonly linked?: (call: Call) => readonly LinkedPermission[];
  /** Which documented body schema the request is held against; unknown fields are refused. */
  readonly request?: string;
  /** Throttling bucket family beyond the ARM ones. */
  readonly bucket?: string;
  handle(call: Call): Answer | Promise<Answer>;
}

export interface Service {
  /** `Microsoft.Compute`. */
  readonly provider: string;
  readonly routes: readonly Route[];
  /** Loads fleet data into the store at start. */
  seed?(world: World, fleet: Fleet): void;
  /** Rows this service shows in Resource Graph: which table each stored type belongs to. */
  readonly graph?: readonly {
    readonly type: string;
    readonly table: string;
    readonly row?: (stored: Stored, world: World) => Mutable | undefined;
  }[];
}

/** What a fleet file or a bundle folder asks for: resources in Azure's own shapes, and who may do what. */
export interface Fleet {
  readonly asOf?: string;
  readonly tenantId: string;
  readonly subscriptions: readonly { readonly id: string; readonly name: string }[];
  /** Bodies as a GET would answer, id and type included. */
  readonly resources: readonly Mutable[];
  readonly principals: readonly FleetPrincipal[];
}

export interface FleetPrincipal {
  readonly clientId: string;
  readonly name: string;
  readonly assignments: readonly {
    readonly scope: string;
    readonly actions: readonly string[];
    readonly notActions?: readonly string[];
  }[];
}
