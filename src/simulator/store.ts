import { copyOfJson } from './json-copy.ts';
import type { Mutable, SimClock, Store, Stored } from './service.ts';

interface Version {
  readonly at: number;
  /** `undefined`: deleted at that moment. */
  readonly resource: Stored | undefined;
}

/** How far back a reader may look: Resource Graph lags by five minutes at most. */
const HISTORY_MS = 10 * 60_000;

/**
 * Resources with their recent past, so that lists and Resource Graph can lag writes.
 * Every version is deep-frozen: an edit goes through `update`, or it throws.
 */
export class VersionedStore implements Store {
  readonly #clock: SimClock;
  readonly #current = new Map<string, Stored>();
  readonly #byType = new Map<string, Set<string>>();
  readonly #history = new Map<string, Version[]>();
  /** Keys of the history by type. */
  readonly #remembered = new Map<string, Set<string>>();
  /** When what is gone was deleted, oldest first, and of which type it was. */
  readonly #deleted = new Map<string, { readonly at: number; readonly type: string }>();

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  get(id: string): Stored | undefined {
    return this.#current.get(keyOf(id));
  }

  put(resource: { id: string; type: string; body: Mutable; hidden?: Mutable }): Stored {
    const now = this.#clock.now();
    const before = this.get(resource.id);
    const stored: Stored = {
      // Azure keeps the spelling a resource was created with.
      id: before?.id ?? resource.id,
      type: resource.type,
      body: copyOfJson(resource.body),
      hidden: copyOfJson(resource.hidden ?? {}),
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
    };
    this.#remember(stored.id, stored);
    return stored;
  }

  update(id: string, edit: (stored: Stored) => void): Stored {
    const before = this.get(id);
    if (!before) throw new Error(`no resource ${id} to update`);
    const next = copyOfJson(before);
    edit(next);
    next.updatedAt = this.#clock.now();
    this.#remember(next.id, next);
    return next;
  }

  delete(id: string): boolean {
    if (!this.get(id)) return false;
    this.#remember(id, undefined);
    return true;
  }

  list(type: string, scope = ''): readonly Stored[] {
    const found: Stored[] = [];
    const prefix = keyOf(scope);
    for (const key of this.#byType.get(type.toLowerCase()) ?? []) {
      // Looking up each of a type is what is dear where only a few are under the scope.
      const stored = under(key, prefix) ? this.#current.get(key) : undefined;
      if (stored) found.push(stored);
    }
    return found;
  }

  listed(type: string, lagMs: number, scope = ''): readonly Stored[] {
    if (lagMs <= 0) return this.list(type, scope);
    const prefix = keyOf(scope);
    return this.asOf(lagMs, type).filter((stored) => under(keyOf(stored.id), prefix));
  }

  asOf(lagMs: number, type?: string): readonly Stored[] {
    const moment = this.#clock.now() - lagMs;
    const found: Stored[] = [];
    this.#forget();
    const keys = type === undefined ? this.#history.keys() : (this.#remembered.get(type.toLowerCase()) ?? []);
    for (const key of keys) {
      const versions = this.#history.get(key) ?? [];
      const last = versions.at(-1);
      const then = last && last.at <= moment ? last : versions.findLast((version) => version.at <= moment);
      if (then?.resource) found.push(then.resource);
    }
    return found;
  }

  deletedAt(id: string): number | undefined {
    const last = this.#history.get(keyOf(id))?.at(-1);
    return last && !last.resource ? last.at : undefined;
  }

  all(): readonly Stored[] {
    return [...this.#current.values()];
  }

  /** Marks everything stored so far as having been there for ever: what a fleet brings is not a fresh write. */
  settle(): void {
    for (const [key, versions] of this.#history) {
      const last = versions.at(-1);
      if (last) this.#history.set(key, [{ at: Number.NEGATIVE_INFINITY, resource: last.resource }]);
    }
  }

  /** What was deleted longer ago than anybody looks back: a year's deleted snapshots would be gone through at each query. */
  #forget(): void {
    const horizon = this.#clock.now() - HISTORY_MS;
    for (const [key, { at, type }] of this.#deleted) {
      // In the order of their deletion.
      if (at >= horizon) return;
      this.#deleted.delete(key);
      if (this.#current.has(key)) continue;
      this.#history.delete(key);
      this.#remembered.get(type)?.delete(key);
    }
  }

  #remember(id: string, resource: Stored | undefined): void {
    const key = keyOf(id);
    const now = this.#clock.now();
    if (resource) {
      freeze(resource);
      this.#current.set(key, resource);
      const type = resource.type.toLowerCase();
      this.#byType.set(type, (this.#byType.get(type) ?? new Set()).add(key));
      this.#remembered.set(type, (this.#remembered.get(type) ?? new Set()).add(key));
    } else {
      const type = this.#current.get(key)?.type.toLowerCase() ?? '';
      this.#byType.get(type)?.delete(key);
      this.#current.delete(key);
      this.#deleted.delete(key);
      this.#deleted.set(key, { at: now, type });
    }
    const versions = this.#history.get(key) ?? [];
    versions.push({ at: now, resource });
    // One version older than the window stays: it is what a fully lagging reader still sees.
    while (versions.length > 1 && (versions[1]?.at ?? now) < now - HISTORY_MS) versions.shift();
    this.#history.set(key, versions);
  }
}

function keyOf(id: string): string {
  const lower = id.toLowerCase();
  return lower.endsWith('/') ? lower.replace(/\/+$/, '') : lower;
}

/** `prefix`: the key of a scope. */
function under(key: string, prefix: string): boolean {
  return prefix === '' || key === prefix || key.startsWith(`${prefix}/`);
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}
