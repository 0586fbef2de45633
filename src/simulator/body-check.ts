import { galleryTable } from './gallery-table.ts';
import type { Definition, FieldTable } from './generate/field-table.ts';
import { backupTable } from './generated/backup.ts';
import { computeTable } from './generated/compute.ts';
import { disksTable } from './generated/disks.ts';
import { resourceGraphTable } from './generated/resource-graph.ts';
import { resourcesTable } from './generated/resources.ts';
import { siteRecoveryTable } from './generated/site-recovery.ts';
import { vaultsTable } from './generated/vaults.ts';
import { AzureError } from './service.ts';
import { networkFields } from './services/network-fields.ts';
import { storageFields } from './services/storage-fields.ts';

/** One thing wrong with a request body. `path` is dotted (`properties.storageProfile.osDisk`), `problem` a sentence. */
export interface BodyProblem {
  readonly kind: 'unknown' | 'type' | 'value' | 'missing';
  readonly path: string;
  readonly problem: string;
}

type Dialect = 'arm' | 'backup' | 'site-recovery';

const tables: readonly { readonly table: FieldTable; readonly dialect: Dialect }[] = [
  { table: computeTable, dialect: 'arm' },
  { table: disksTable, dialect: 'arm' },
  { table: galleryTable, dialect: 'arm' },
  { table: vaultsTable, dialect: 'arm' },
  { table: resourcesTable, dialect: 'arm' },
  { table: resourceGraphTable, dialect: 'arm' },
  { table: networkFields, dialect: 'arm' },
  { table: storageFields, dialect: 'arm' },
  { table: backupTable, dialect: 'backup' },
  { table: siteRecoveryTable, dialect: 'site-recovery' },
];

const byBody = new Map(tables.flatMap((each) => each.table.bodies.map((body) => [body, each] as const)));

/** Names that `checkBody` knows: the request bodies of the generated tables. */
export const bodyNames: ReadonlySet<string> = new Set(byBody.keys());

/**
 * Holds a request body against its documented schema. Read-only fields may be sent back and are not looked into;
 * names and enum values are compared without regard to case; `null` stands for an absent field.
 * @param schemaName a definition's name as the OpenAPI document spells it (`Disk`, `ProtectedItemResource`)
 * @throws Error for a name that no table has: a route's mistake, not the caller's
 */
export function checkBody(schemaName: string, body: unknown): BodyProblem[] {
  const found = byBody.get(schemaName);
  if (found === undefined) throw new Error(`no field table has a request body named ${schemaName}`);
  const problems: BodyProblem[] = [];
  new Check(found.table, found.dialect, problems).object(schemaName, body, '');
  return problems;
}

/** The 400 that the schema's provider answers for the first problem, the others as details. */
export function bodyError(schemaName: string, problems: readonly BodyProblem[]): AzureError {
  const first = problems[0]!;
  const details = problems
    .slice(1)
    .map((each) => ({ code: codeOf(schemaName, each), message: each.problem, target: each.path }));
  const more = { target: first.path, ...(details.length === 0 ? {} : { details }) };
  const message =
    byBody.get(schemaName)?.dialect === 'backup'
      ? `Input provided for the call is invalid. ${first.problem}`
      : first.problem;
  return new AzureError(400, codeOf(schemaName, first), message, more);
}

/** Throws `bodyError` when the body does not fit. */
export function requireBody(schemaName: string, body: unknown): void {
  const problems = checkBody(schemaName, body);
  if (problems.length > 0) throw bodyError(schemaName, problems);
}

// BMSUserErrorInvalidInput: https://github.com/hashicorp/terraform-provider-azurerm/issues/18577
function codeOf(schemaName: string, problem: BodyProblem): string {
  if (byBody.get(schemaName)?.dialect === 'backup') return 'BMSUserErrorInvalidInput';
  return problem.kind === 'value' || problem.kind === 'missing' ? 'InvalidParameter' : 'InvalidRequestContent';
}

/**
 * Open lists by which the simulator decides what to do. What a newer service offers there it could only get wrong, and
 * a
 * misspelt word must not pass for one: these it holds as if they were closed.
 */
const DECISIVE: ReadonlySet<string> = new Set([
  'AccessLevel',
  'ConsistencyModeTypes',
  'DiskAccountType',
  'DiskCreateOption',
  'DiskCreateOptionTypes',
  'DiskDeleteOptionTypes',
  'DiskStorageAccountTypes',
  'IAASVMPolicyType',
  'IaasVMSnapshotConsistencyType',
  'ImmutabilityState',
  'NetworkAccessPolicy',
  'ProtectedItemState',
  'ProtectionState',
  'RetentionDurationType',
  'RetentionScheduleFormat',
  'ScheduleRunType',
  'SecurityTypes',
  'SkuName',
  'SnapshotStorageAccountTypes',
  'SoftDeleteFeatureState',
  'SoftDeleteState',
  'StorageAccountTypes',
  'StorageType',
  'crossRegionRestore',
  'standardTierStorageRedundancy',
  'tagsPatchOperation',
]);

class Check {
  readonly #table: FieldTable;
  readonly #dialect: Dialect;
  readonly #problems: BodyProblem[];

  constructor(table: FieldTable, dialect: Dialect, problems: BodyProblem[]) {
    this.#table = table;
    this.#dialect = dialect;
    this.#problems = problems;
  }

  object(name: string, value: unknown, path: string): void {
    if (!isObject(value)) {
      this.#report(
        'type',
        path,
        `The request content is not valid: an object of type '${name}' is expected at '${path}'.`,
      );
      return;
    }
    const base = this.#table.definitions[name];
    if (base === undefined) return;
    const chosen = this.#variant(base, value, path);
    if (chosen === undefined) return;
    this.#fields(chosen.name ?? name, chosen.definition, value, path);
  }

  #fields(name: string, definition: Definition, value: Readonly<Record<string, unknown>>, path: string): void {
    const known = new Map(Object.entries(definition.fields).map(([field, type]) => [field.toLowerCase(), type]));
    for (const [field, inner] of Object.entries(value)) {
      const type = known.get(field.toLowerCase()) ?? definition.rest;
      const at = path === '' ? field : `${path}.${field}`;
      if (type === undefined)
        this.#report('unknown', at, `Could not find member '${field}' on object of type '${name}'. Path '${at}'.`);
      else this.#value(type, inner, at);
    }
    const sent = new Set(
      Object.entries(value).flatMap(([field, inner]) => (inner == null ? [] : [field.toLowerCase()])),
    );
    for (const [field, type] of Object.entries(definition.fields)) {
      if (!type.startsWith('!') || sent.has(field.toLowerCase())) continue;
      const at = path === '' ? field : `${path}.${field}`;
      this.#report('missing', at, `Required parameter '${at}' is missing (null).`);
    }
  }

  #value(type: string, value: unknown, path: string): void {
    // A body read with GET and sent back with PUT carries read-only fields; Azure takes no notice of them.
    if (value == null || type.startsWith('-')) return;
    const bare = type.startsWith('!') ? type.slice(1) : type;
    if (bare.startsWith('[')) {
      if (!Array.isArray(value)) this.#wrong(path, 'an array', value);
      else for (const [index, item] of value.entries()) this.#value(bare.slice(1, -1), item, `${path}[${index}]`);
    } else if (bare.startsWith('{')) {
      if (!isObject(value)) this.#wrong(path, 'an object', value);
      else for (const [key, item] of Object.entries(value)) this.#value(bare.slice(1, -1), item, `${path}.${key}`);
    } else if (bare.startsWith('@')) this.object(bare.slice(1), value, path);
    else if (bare.startsWith('#')) this.#enumerated(bare.slice(1), value, path);
    else this.#scalar(bare, value, path);
  }

  #scalar(type: string, value: unknown, path: string): void {
    if (type === 's' && typeof value !== 'string') this.#wrong(path, 'a string', value);
    if (type === 'b' && typeof value !== 'boolean') this.#wrong(path, 'a boolean', value);
    if (type === 'i' && !Number.isInteger(value)) this.#wrong(path, 'an integer', value);
    if (type === 'n' && typeof value !== 'number') this.#wrong(path, 'a number', value);
  }

  #enumerated(name: string, value: unknown, path: string): void {
    const values = this.#table.enums[name] ?? [];
    // Old clients send a few enumerations by number (`RecoveryPointTierType`), as Azure itself once answered them.
    if (typeof value === 'number' && Number.isInteger(value)) return;
    if (typeof value !== 'string') return this.#wrong(path, 'a string', value);
    if (values.some((each) => each.toLowerCase() === value.toLowerCase())) return;
    if (this.#table.open.includes(name) && !DECISIVE.has(name)) return;
    this.#report(
      'value',
      path,
      `The value '${value}' of parameter '${path}' is invalid. Allowed values: ${values.join(', ')}.`,
    );
  }

  /** The definition that the discriminator chooses; `undefined` when it names none, which has then been reported. */
  #variant(
    base: Definition,
    value: Readonly<Record<string, unknown>>,
    path: string,
  ): { name?: string; definition: Definition } | undefined {
    if (base.discriminator === undefined || base.variants === undefined) return { definition: base };
    const wanted = base.discriminator.toLowerCase();
    const sent = Object.entries(value).find(([field]) => field.toLowerCase() === wanted)?.[1];
    const at = path === '' ? base.discriminator : `${path}.${base.discriminator}`;
    if (typeof sent !== 'string') {
      // Site Recovery was seen to accept bodies without it.
      if (this.#dialect !== 'site-recovery')
        this.#report('missing', at, `Required parameter '${at}' is missing (null).`);
      return { definition: this.#anyVariant(base) };
    }
    const found = Object.entries(base.variants).find(([each]) => each.toLowerCase() === sent.toLowerCase());
    if (found === undefined) {
      this.#report(
        'value',
        at,
        `The value '${sent}' of parameter '${at}' is invalid. Allowed values: ${Object.keys(base.variants).join(', ')}.`,
      );
      return undefined;
    }
    return { name: found[1], definition: this.#table.definitions[found[1]]! };
  }

  #anyVariant(base: Definition): Definition {
    const fields: Record<string, string> = {};
    for (const variant of Object.values(base.variants ?? {})) {
      for (const [field, type] of Object.entries(this.#table.definitions[variant]?.fields ?? {}))
        fields[field] = type.replace('!', '');
    }
    return { fields: { ...base.fields, ...fields } };
  }

  #wrong(path: string, expected: string, value: unknown): void {
    const kind = Array.isArray(value) ? 'array' : typeof value;
    this.#report('type', path, `Error converting value of type ${kind} at path '${path}': ${expected} is expected.`);
  }

  #report(kind: BodyProblem['kind'], path: string, problem: string): void {
    this.#problems.push({ kind, path, problem });
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
