/** What users and scripts see, as golden files: a change of any of it is a reviewed difference. `UPDATE_GOLDEN=1` writes them anew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';
import { exitWords } from '../../src/cli/exit.ts';
import { expectGolden } from '../core/golden.ts';
import { holdfast, root, startWorld } from '../e2e/rig.ts';

/** Sorted `path: types` of a JSON value: array elements share one path, and keys that are data are written `*`. */
const shapeOf = (value: unknown, keysAreData: RegExp): string => {
  const found = new Map<string, Set<string>>();
  const walk = (v: unknown, path: string): void => {
    const kind = v === null ? 'null' : Array.isArray(v) ? 'array' : typeof v;
    found.set(path, (found.get(path) ?? new Set()).add(kind));
    if (Array.isArray(v)) for (const one of v) walk(one, `${path}[]`);
    else if (kind === 'object')
      for (const [key, one] of Object.entries(v as object))
        walk(one, keysAreData.test(path) ? `${path}.*` : `${path}.${key}`);
  };
  walk(value, '$');
  return [...found]
    .map(([path, kinds]) => `${path}: ${[...kinds].sort().join(' | ')}\n`)
    .sort()
    .join('');
};

describe('the command line', () => {
  it('lists its commands and exit codes in --help', async () => {
    const help = await holdfast(['--help']);
    expect([help.code, help.err]).toEqual([0, '']);
    expectGolden('cli/help.txt', help.out);
    expect(Object.keys(exitWords).map(Number)).toEqual([0, 1, 2, 3, 4, 5, 6, 130]);
  });

  it.each(commands.map(({ name }) => name))('describes %s', async (name) => {
    const help = await holdfast([name, '--help']);
    expect([help.code, help.err]).toEqual([0, '']);
    expectGolden(`cli/help-${name}.txt`, help.out);
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect((await holdfast(['--version'])).out.trim()).toBe(version);
  });

  const reading = [
    'subscription',
    'management-group',
    'resource-group',
    'tag',
    'exclude-tag',
    'output',
    'output-file',
    'concurrency',
    'source',
    'deep',
    'cloud',
    'offline',
    'as-of',
    'debug',
  ];
  it.each([
    ['inventory', [...reading, 'export']],
    ['audit', [...reading, 'config', 'fail-on']],
    ['explain', reading.filter((flag) => flag !== 'output-file')],
    ['points', reading.filter((flag) => flag !== 'deep')],
    ['plan', [...reading, 'config', 'max-changes', 'max-deletes']],
    ['apply', ['yes', 'allow', 'max-changes', 'max-deletes', 'cloud', 'concurrency', 'output', 'output-file', 'debug']],
    ['simulate', ['fleet', 'port', 'cloud-file', 'seed', 'speed', 'latency', 'log', 'faults', 'role', 'control-port']],
    ['guidance', ['config']],
  ])('spells the flags of %s as the interface does', (name, flags) => {
    const command = commands.find((one) => one.name === name)!;
    expect(Object.keys(command.flags)).toEqual(expect.arrayContaining(flags));
  });

  it('takes no secret as a flag', () => {
    const names = commands.flatMap(({ flags }) => Object.keys(flags));
    expect(names.filter((flag) => /secret|password|token|key$/.test(flag))).toEqual([]);
  });
});

describe('the JSON that commands print', () => {
  const texts: Record<string, string> = {};
  let events: readonly { readonly kind: string }[] = [];

  beforeAll(async () => {
    const world = await startWorld();
    texts['inventory'] = (await world.run('inventory', '--output', 'json')).out;
    texts['audit'] = (await world.run('audit', '--deep', '--output', 'json')).out;
    texts['explain'] = (await world.run('explain', 'shop-db-01', '--output', 'json')).out;
    texts['points'] = (await world.run('points', 'erp-db-01', '--output', 'json')).out;
    await world.run('plan', '--output-file', 'gap.json');
    texts['plan'] = readFileSync(world.at('gap.json'), 'utf8');
    const lines = (await world.run('apply', 'gap.json', '--yes', '--output', 'ndjson')).out.trim().split('\n');
    events = lines.map((line) => JSON.parse(line) as { kind: string });
    texts['outcome'] = (await world.run('apply', 'gap.json', '--yes', '--output', 'json')).out;
    // On a fast clock a lease may come too late, which would be a problem of this run's and not of the next one's.
    const once = ['--window', '24h', '--resource-group', 'rg-lab', '--yes', '--state-dir', 'state', '--lease', 'none'];
    texts['job-run'] = (await world.run('job', 'run', ...once, '--output', 'json')).out;
    texts['prune'] = (await world.run('prune', 'dev-01', '--keep-last', '1', '--output', 'json')).out;
    texts['exchange'] = JSON.stringify(world.simulator.log().find(({ url }) => url.includes('/snapshots/'))!);
    texts['cloud'] = readFileSync(world.cloud, 'utf8');
    texts['bundle'] = await world
      .run('inventory', '--export', 'bundle')
      .then(() => readFileSync(world.at('bundle/bundle.json'), 'utf8'));
    await world.end();
  });

  // The guidance in a plan has a schema of its own; totals, tags and grants have data for keys.
  const keysAreData = /^\$\.(?:totals\.\w+|totals\.verdictsByOption\.\*|counts|guidance|gaps)$|\.tags$/;

  it.each(['inventory', 'audit', 'explain', 'points', 'plan', 'outcome', 'prune', 'job-run'])(
    'has the shape of %s',
    (name) => {
      const shape = shapeOf(JSON.parse(texts[name]!), keysAreData)
        .split('\n')
        .filter((line) => !line.startsWith('$.guidance.*'))
        .join('\n');
      expectGolden(`cli/shape-${name}.txt`, shape);
    },
  );

  it('prints only events that the engine declares, with the keys it declares', () => {
    // From the declaration, not from what happened to happen: whether something waits or is retried depends on the moment.
    const source = readFileSync(join(root, 'src', 'engine', 'events.ts'), 'utf8');
    const declared = new Map(
      [...source.matchAll(/\{\s*readonly kind: '([\w.]+)';([^}]*)\}/g)].map(([, kind, rest]) => [
        kind!,
        [...rest!.matchAll(/readonly (\w+\??):/g)].map(([, key]) => key!),
      ]),
    );
    expectGolden(
      'cli/events.txt',
      [...declared]
        .map(([kind, keys]) => `${kind}: ${keys.join(', ')}\n`)
        .sort()
        .join(''),
    );
    const end = events.findIndex(({ kind }) => kind === 'apply.ended') + 1;
    const printed = events.slice(0, end);
    expect(printed.length).toBeGreaterThan(10);
    for (const { kind, ...rest } of printed) {
      const keys = (declared.get(kind) ?? []).map((key) => key.replace('?', ''));
      expect(keys, kind).toEqual(expect.arrayContaining(Object.keys(rest)));
    }
    const operations = events.flatMap((event) => ('operation' in event ? [String(event.operation)] : []));
    expect(operations.length).toBeGreaterThan(0);
    expect(operations.filter((url) => url.includes('?'))).toEqual([]);
    // After the last event comes the outcome, a line each.
    expect(new Set(events.slice(end).map(({ kind }) => kind))).toEqual(
      new Set(['holdfast.outcome', 'step', 'subject']),
    );
  });

  /** Every field that the interface names, wherever it is on the demo fleet. */
  it.each<[string, readonly string[]]>([
    [
      'audit',
      [
        'schemaVersion',
        'kind',
        'asOf',
        'scope',
        'complete',
        'unknowns[].subject',
        'unknowns[].fact',
        'unknowns[].reason',
        'machines[]',
        'orphans[]',
        'vaults[]',
        'totals',
        ...[
          'id',
          'name',
          'resourceGroup',
          'subscriptionId',
          'location',
          'os',
          'power',
          'class',
          'environment',
          'excluded.until',
          'excluded.reason',
          'application',
          'striping.state',
          'striping.score',
          'striping.evidence[]',
          'disks[].id',
          'disks[].lun',
          'disks[].role',
          'disks[].sizeGiB',
          'disks[].sku',
          'disks[].caching',
          'disks[].known',
          'verdicts[].option',
          'verdicts[].verdict',
          'verdicts[].reasons[].code',
          'verdicts[].reasons[].fact',
          'verdicts[].reasons[].text',
          'verdicts[].reasons[].source',
          'protections[].option',
          'protections[].id',
          'protections[].vaultId',
          'protections[].state',
          'protections[].healthy',
          'protections[].newestPoint.id',
          'protections[].newestPoint.at',
          'protections[].newestPoint.consistency',
          'protections[].newestPoint.disksIncluded',
          'protections[].newestPoint.disksAttached',
          'protections[].rpoSeconds',
          'findings[].id',
          'findings[].code',
          'findings[].option',
          'findings[].severity',
          'findings[].summary',
          'findings[].remedy',
        ].map((field) => `machines[].${field}`),
      ],
    ],
    [
      'plan',
      [
        'schemaVersion',
        'kind',
        'digest',
        'createdAt',
        'expiresAt',
        'scope',
        'limits',
        'duration.expectedSeconds',
        'duration.boundBy',
        'cost',
        'steps[]',
        'refusals[].subject',
        'refusals[].option',
        'refusals[].reasons[]',
        ...[
          'id',
          'kind',
          'option',
          'subject',
          'reason',
          'source',
          'method',
          'resourceId',
          'assumes',
          'goal',
          'dependsOn',
          'runs',
          'destructive',
        ].map((field) => `steps[].${field}`),
      ],
    ],
    [
      'outcome',
      ['kind', 'plan', 'steps[].id', 'steps[].outcome', 'steps[].startedAt', 'steps[].endedAt', 'verification'],
    ],
    [
      'exchange',
      [
        'seq',
        'at',
        'principal',
        'method',
        'url',
        'apiVersion',
        'request',
        'status',
        'headers',
        'response',
        'accepted',
        'operationId',
      ],
    ],
    [
      'cloud',
      [
        'name',
        'resourceManager',
        'authority',
        'audience',
        'caFile',
        'tenantId',
        'subscriptions[]',
        'timeScale',
        'credential.clientId',
        'credential.clientSecretFile',
      ],
    ],
    ['bundle', ['schemaVersion', 'asOf', 'scope', 'complete']],
  ])('names each field of %s as the interface does', (name, fields) => {
    const paths = new Set(
      shapeOf(JSON.parse(texts[name]!), /^never$/)
        .split('\n')
        .map((line) => line.split(': ')[0]!),
    );
    expect(fields.filter((field) => !paths.has(`$.${field}`))).toEqual([]);
  });
});
