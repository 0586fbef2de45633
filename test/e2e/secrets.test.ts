/**
 * Secrets planted wherever they can come in, and everything that every command leaves behind searched for them: what it prints,
 * with --debug, and every file. The journal alone keeps operation URLs, which are signed.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { loadFleet } from '../../src/simulator/fleet-load.ts';
import { serve, type Served } from '../../src/simulator/https-server.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { demoFleet, holdfast, root, startsAt, temporaryFolder, type Ran } from './rig.ts';

const signature = 'PLANTEDsasSIGNATUREq3W%2Bz1x9vKpQ0%3D';
const sas = `https://acc.blob.core.windows.net/vhds/os.vhd?sv=2024-11-04&se=2027-01-01&sp=r&sig=${signature}`;
const accountKey = 'PLANTEDaccountKEYabcdefghijklmnopqrstuvwxyz0123456789==';
const connection = `DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=${accountKey};EndpointSuffix=core.windows.net`;
const environment = 'PLANTED-environment-secret~1';
const jwt = 'eyJQTEFOVEVEaGVhZGVy.eyJQTEFOVEVEYm9keQ.PLANTEDjwtSIGNATURE';

type Body = { [name: string]: unknown };
const isBody = (value: unknown): value is Body => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every resource in an answer gets what Azure's GETs may hold, and every error quotes its request as some gateways do. */
const planted = (value: unknown, authorization: string): unknown => {
  if (Array.isArray(value)) return value.map((one) => planted(one, authorization));
  if (!isBody(value)) return value;
  const quoted = ` Request: Authorization: ${authorization}; token ${jwt}; source ${sas}; ${connection}`;
  const body = Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, planted(one, authorization)]),
  ) as Body;
  if (typeof body['code'] === 'string' && typeof body['message'] === 'string')
    body['message'] = `${body['message']}${quoted}`;
  for (const name of ['errorString', 'errorMessage'])
    if (typeof body[name] === 'string') body[name] = `${body[name] as string}${quoted}`;
  const tags = body['tags'];
  if (isBody(tags))
    body['tags'] = {
      ...tags,
      note: sas,
      store: connection,
      ...('backup-exclude-reason' in tags ? { 'backup-exclude-reason': `see ${sas}` } : {}),
    };
  const { properties } = body;
  if (isBody(properties) && isBody(properties['creationData'])) properties['creationData']['sourceUri'] = sas;
  if (isBody(properties) && isBody(properties['instanceView'])) {
    const view = properties['instanceView'];
    view['bootDiagnostics'] = { serialConsoleLogBlobUri: sas };
    // What a script wrote, and that it failed, so that its last words are told.
    if (view['executionState'] === 'Succeeded')
      Object.assign(view, {
        executionState: 'Failed',
        exitCode: 1,
        output: 'bye',
        error: `the script said no.${quoted}`,
      });
  }
  // Of a disk or snapshot that somebody downloads from, and of an account whose keys were asked for.
  if (isBody(properties) && 'diskSizeGB' in properties) properties['accessSAS'] = sas;
  if ('keys' in body) body['keys'] = [{ keyName: 'key1', permissions: 'FULL', value: accountKey }];
  return body;
};

/** The simulator, with secrets in its answers; what it gives out to log in and to follow operations is written down. */
const withSecrets = (
  simulator: Simulator,
  given: { readonly tokens: Set<string>; readonly queries: Set<string> },
): Simulator => {
  const failed = new Set<string>();
  return {
    ...simulator,
    async handle(request) {
      const url = new URL(request.url);
      const authorization = request.headers.get('authorization') ?? '';
      // The first write of each kind of thing fails with an answer that says too much.
      const kind = `${request.method} ${/(snapshots|restorePoints|backupPolicies|protectedItems|vaults)\/[^/]+$/i.exec(url.pathname)?.[1] ?? ''}`;
      const fails = /^PUT \w/.test(kind) && !failed.has(kind);
      failed.add(kind);
      const login = url.pathname.endsWith('/token');
      const sent = login ? await request.clone().text() : '';
      const response = fails
        ? Response.json(
            { error: { code: 'InvalidParameter', message: 'The request is not understood.' } },
            { status: 400, headers: { date: new Date(simulator.clock.now()).toUTCString() } },
          )
        : await simulator.handle(request);
      for (const name of ['azure-asyncoperation', 'location']) {
        const query = response.headers.get(name)?.split('?')[1];
        for (const part of query?.split('&') ?? [])
          if (part.length > 40) given.queries.add(part.slice(part.indexOf('=') + 1));
      }
      const text = await response.text();
      const headers = Object.fromEntries(response.headers);
      delete headers['content-length'];
      if (text === '' || !text.startsWith('{'))
        return new Response(text === '' ? null : text, { status: response.status, headers });
      const body = JSON.parse(text) as Body;
      if (typeof body['access_token'] === 'string') given.tokens.add(body['access_token']);
      if (login && response.status >= 400)
        body['error_description'] = `${String(body['error_description'])} You sent: ${sent}`;
      const shown = login ? body : planted(body, authorization);
      return new Response(JSON.stringify(shown), { status: response.status, headers });
    },
  };
};

/** Capturing deletes its temporary copy again, which the fleet's own role does not allow. */
const everything = { name: 'Everything', actions: ['*'], notActions: [] };

describe('secrets', () => {
  const folder = temporaryFolder();
  const cloud = join(folder, 'cloud.json');
  const given = { tokens: new Set<string>(), queries: new Set<string>() };
  let requested: readonly string[] = [];
  const inputs = new Set<string>();
  const ran: (Ran & { readonly argv: readonly string[] })[] = [];
  let served: Served;
  let clientSecret = '';

  const run = async (...argv: readonly string[]): Promise<Ran> => {
    const where = argv.includes('--offline') ? [] : ['--cloud', cloud];
    const one = await holdfast([...argv, ...where, '--debug'], {
      cwd: folder,
      env: { AZURE_CLIENT_SECRET: environment },
    });
    ran.push({ ...one, argv });
    return one;
  };
  const filesIn = (at: string): readonly string[] =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? filesIn(join(at, entry.name)) : [join(at, entry.name)],
    );
  const left = (): readonly string[] => filesIn(folder).filter((path) => !inputs.has(path));

  /** Every place where one of the secrets shows, as `place: secret`. */
  const leaks = (secrets: Iterable<string>, files: readonly string[]): readonly string[] => {
    const texts = [
      ...ran.flatMap(
        ({ argv, out, err }) =>
          [
            [`stdout of ${argv.join(' ')}`, out],
            [`stderr of ${argv.join(' ')}`, err],
          ] as const,
      ),
      ...files.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')] as const),
    ];
    return [...secrets].flatMap((secret) =>
      texts.flatMap(([place, text]) =>
        text.includes(secret) ? [`${place.slice(0, 120)}: ${secret.slice(0, 30)}`] : [],
      ),
    );
  };

  beforeAll(async () => {
    const loaded = loadFleet(demoFleet, startsAt);
    if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
    const simulator = createSimulator({ fleet: loaded.fleet, speed: 6000, startsAt, role: everything });
    const paths: string[] = [];
    requested = paths;
    const noting: Simulator = {
      ...simulator,
      handle: (request) => {
        paths.push(new URL(request.url).pathname);
        return simulator.handle(request);
      },
    };
    served = await serve(withSecrets(noting, given), { cloudFile: cloud });
    for (const path of filesIn(folder)) inputs.add(path);
    clientSecret = readFileSync(`${cloud}.secret`, 'utf8').trim();
    mkdirSync(join(folder, 'bundle'));

    for (const output of ['table', 'json', 'ndjson', 'csv']) await run('audit', '--output', output);
    await run('audit', '--output', 'json', '--output-file', 'audit.json');
    await run('inventory', '--output', 'json', '--export', 'bundle/a');
    await run('inventory', '--output', 'csv', '--output-file', 'inventory.csv');
    await run('points', 'shop-web-01', '--output', 'json');
    await run('explain', 'shop-web-01', '--output', 'json');
    await run('plan', '--prices', 'live', '--output-file', 'gap.json');
    await run('plan', '--tag', 'environment=dev', '--output', 'json');
    await run('apply', 'gap.json', '--yes', '--output', 'ndjson');
    await run('apply', 'gap.json', '--yes', '--output', 'json', '--output-file', 'outcome.json');
    await run('snapshot', 'shop-web-01', '--yes', '--plan-file', 'snapshot.json', '--output', 'json');
    await run('protect', 'shop-web-01', '--now', '--yes', '--plan-file', 'protect.json');
    await run('replicate', 'shop-web-01', '--to', 'northeurope', '--make-network', '--plan-file', 'replicate.json');
    await run('capture', 'shop-web-01', '--plan-file', 'capture.json', '--output', 'json');
    await run('capture', '--from-vhd', sas, '--plan-file', 'vhd.json');
    await run('clone', '--image', sas, '--count', '1', '--name', 'a-{n}', '--size', 'x', '--subnet', 'y');
    await run('remove', `/subscriptions/${sas}`, '--yes');
    // Carried out: what fails on the way is told, its script's last words too, and what was made is taken back.
    const consent = ['--allow', 'all-destructive', '--yes'];
    await run(
      'replicate',
      'shop-web-02',
      '--to',
      'northeurope',
      '--make-network',
      '--plan-file',
      'replica.json',
      '--yes',
    );
    await run('apply', 'replica.json', '--yes', '--output', 'json', '--output-file', 'again.json');
    await run('capture', 'shop-web-02', '--plan-file', 'copied.json', '--output', 'json', ...consent);
    await run('apply', 'copied.json', '--yes', '--allow', 'all-destructive', '--output', 'ndjson');
    await run('capture', 'golden-web', '--plan-file', 'image.json', '--output', 'json', ...consent);
    // Somebody else's export may hold what ours leaves out.
    cpSync(join(folder, 'bundle/a'), join(folder, 'bundle/b'), { recursive: true });
    for (const path of filesIn(join(folder, 'bundle/b'))) {
      writeFileSync(
        path,
        readFileSync(path, 'utf8')
          .replaceAll('sig=…', `sig=${signature}`)
          .replaceAll('AccountKey=…', `AccountKey=${accountKey}`),
      );
      inputs.add(path);
    }
    await run('audit', '--offline', 'bundle/b', '--output', 'csv');
    await run('audit', '--offline', 'bundle/b', '--output', 'json', '--output-file', 'offline.json');
  });
  afterAll(async () => {
    await served.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('were planted: logged in by token, operations with signed URLs, errors met', () => {
    expect(given.tokens.size).toBeGreaterThan(0);
    expect(given.queries.size).toBeGreaterThan(0);
    const applied = ran.find(({ argv }) => argv.includes('apply'))!;
    expect(
      applied.out.includes('The request is not understood. Request: Authorization: Bearer …; token …;'),
      applied.out.slice(0, 500),
    ).toBe(true);
    expect(
      readFileSync(join(folder, 'gap.json.journal.ndjson'), 'utf8').includes('The request is not understood.'),
    ).toBe(true);
    expect(ran.map(({ argv, code }) => `${argv[0]} ${code}`)).not.toContain('audit 1');
    const captured = ran.find(({ argv }) => argv.includes('copied.json'))!;
    expect(captured.out).toContain('the script said no. Request: Authorization: Bearer …; token …;');
    const replicated = ran.find(({ argv }) => argv.includes('replica.json'))!;
    expect(replicated.code, replicated.out).toBe(3);
    const replicaJournal = readFileSync(join(folder, 'replica.json.journal.ndjson'), 'utf8');
    expect(replicaJournal).toContain('Authorization: Bearer …; token …;');
    expect(replicaJournal).toContain('"step":"replicate-shop-web-02","at"');
    expect(readFileSync(join(folder, 'again.json'), 'utf8')).toMatch(
      /"id": "replicate-shop-web-02",\s+"outcome": "done"/,
    );
    // Azure's own services fetch keys and signatures in the login's name; holdfast itself asks for none.
    expect(requested.filter((path) => /\/(?:listkeys|begingetaccess|listaccountsas)$/i.test(path))).toEqual([]);
    expect(readFileSync(join(folder, 'bundle/a/disks.json'), 'utf8')).toContain('os.vhd');
    expect(readFileSync(join(folder, 'bundle/b/disks.json'), 'utf8')).toContain(signature);
    expect(ran.filter(({ argv }) => argv.includes('--offline')).map(({ code }) => code)).toEqual([6, 6]);
  });

  it('show nowhere: not on standard output or error with --debug, and not in any file', () => {
    const secrets = [
      signature,
      decodeURIComponent(signature),
      accountKey,
      jwt,
      'PLANTED',
      environment,
      clientSecret,
      ...given.tokens,
    ];
    expect(leaks(secrets, left())).toEqual([]);
  });

  it('of operation URLs stand in journals, and nowhere else', () => {
    const journals = left().filter((path) => path.endsWith('.journal.ndjson'));
    expect(journals.length).toBeGreaterThan(0);
    expect(
      leaks(
        given.queries,
        left().filter((path) => !journals.includes(path)),
      ),
    ).toEqual([]);
    const kept = journals.map((path) => readFileSync(path, 'utf8')).join('');
    expect([...given.queries].some((query) => kept.includes(query))).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('files are for their owner alone', () => {
    const written = left();
    expect(written.map((path) => path.slice(folder.length + 1))).toEqual(
      expect.arrayContaining([
        'audit.json',
        'gap.json',
        'gap.json.md',
        'gap.json.journal.ndjson',
        'inventory.csv',
        'outcome.json',
        'bundle/a/bundle.json',
      ]),
    );
    for (const path of written) expect([path, (statSync(path).mode & 0o777).toString(8)]).toEqual([path, '600']);
    for (const path of inputs) expect([path, (statSync(path).mode & 0o777).toString(8)]).toEqual([path, '600']);
  });

  it('are not told when the login is refused, though the answer quotes them', async () => {
    const wrong = 'PLANTED-wrong-client-secret~2';
    writeFileSync(join(folder, 'wrong.secret'), wrong);
    const file = join(folder, 'wrong.json');
    writeFileSync(
      file,
      JSON.stringify({
        ...(JSON.parse(readFileSync(cloud, 'utf8')) as Body),
        credential: { clientId: 'PLANTED-nobody', clientSecretFile: 'wrong.secret' },
      }),
    );
    for (const path of [file, join(folder, 'wrong.secret')]) inputs.add(path);
    const one = await holdfast(['audit', '--cloud', file, '--debug'], { cwd: folder });
    expect(one.code).toBe(1);
    expect(one.err).toMatch(/refused the login/);
    expect(one.err + one.out).not.toContain(wrong);
    expect(one.err + one.out).not.toContain(encodeURIComponent(wrong));
  });

  it('are not told by a crash, its stack included', async () => {
    const message = `cannot go on: Authorization: Bearer ${[...given.tokens][0]!} ${sas} ${environment}`;
    const crashing = async (...argv: readonly string[]): Promise<string> => {
      let err = '';
      const code = await main(argv, {
        env: { AZURE_CLIENT_SECRET: environment },
        cwd: folder,
        out: () => {
          throw new Error(message);
        },
        err: (text) => void (err += text),
        terminal: { live: false, interactive: false, width: 100, colour: false },
        ask: () => Promise.resolve(''),
        signal: new AbortController().signal,
        root,
        version: '0.0.0',
      });
      expect(code).toBe(1);
      return err;
    };
    for (const argv of [
      ['guidance', 'show'],
      ['audit', '--cloud', cloud, '--debug'],
    ]) {
      const err = await crashing(...argv);
      expect(err).toContain('cannot go on');
      for (const secret of [...given.tokens, signature, environment]) expect(err).not.toContain(secret);
    }
  });
});
