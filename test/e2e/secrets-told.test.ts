/**
 * Addresses of receivers and the key of one, planted in a job file, in the environment and in files, and quoted back by
 * every receiver: nothing of them in what a job prints, logs, plans, journals, records or measures.
 */
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReceiver, type ReceiverServer } from '../cli/receiver.ts';
import { holdfast, startWorld, type Ran, type World } from './rig.ts';

const paths = {
  env: '/services/PLANTEDslack/hook1PLANTED',
  file: '/hooks/PLANTEDfile-hook2?code=PLANTEDcode3',
  inline: '/workflows/PLANTEDinline-hook4?sp=run&sv=1.0&sig=PLANTEDsig5',
} as const;
const key = 'PLANTED-hmac-key~6';

const jobFile = (origin: string): string => `
name: nightly
selector: { tags: { take: [one, set, point] } }
window: 24h
retention: { keepLast: 1 }
notify:
  - { kind: slack, urlEnv: SLACK_URL, on: [failure, success] }
  - { kind: webhook, urlFile: hook-url, secretFile: hook-key, on: [failure, success] }
  - { kind: teams, url: '${origin}${paths.inline}', on: [failure, success] }
`;

describe('addresses and keys of receivers', () => {
  let world: World;
  let receiver: ReceiverServer;
  const ran: (Ran & { readonly argv: readonly string[] })[] = [];
  let inputs: ReadonlySet<string>;

  const filesIn = (at: string): readonly string[] =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? filesIn(join(at, entry.name)) : [join(at, entry.name)],
    );
  const written = (): readonly string[] => filesIn(world.folder).filter((path) => !inputs.has(path));

  beforeAll(async () => {
    // Longer than what is kept of an answer, with a secret across every place where it might be cut.
    const quoting = `${'.'.repeat(190)} ${Object.values(paths).join(' ')} ${key} `;
    receiver = await startReceiver([{ status: 404, text: `nothing here: ${quoting.repeat(40)}` }], { secure: false });
    world = await startWorld({
      fleet: join(import.meta.dirname, 'job-fleet.yaml'),
      faults: [{ fault: 'forbidden', method: 'PUT', path: 'hf-one-01', times: 1 }],
    });
    writeFileSync(world.at('hook-url'), `${receiver.origin}${paths.file}`, { mode: 0o600 });
    writeFileSync(world.at('hook-key'), key, { mode: 0o600 });
    writeFileSync(world.at('job.yaml'), jobFile(receiver.origin), { mode: 0o600 });
    writeFileSync(world.at('broken.yaml'), `${jobFile(receiver.origin)}nonsense: 1\n`, { mode: 0o600 });
    writeFileSync(world.at('torn.yaml'), jobFile(receiver.origin).replace("5'", '5'), { mode: 0o600 });
    writeFileSync(world.at('plain.yaml'), jobFile('http://hooks.example.com'), { mode: 0o600 });
    writeFileSync(world.at('shapeless.yaml'), `name: nightly\nwindow: 24h\nnotify: 'https://a.test${paths.env}'\n`, {
      mode: 0o600,
    });
    const swapped = jobFile(receiver.origin).replace('SLACK_URL', `'https://a.test${paths.env}'`);
    writeFileSync(world.at('swapped.yaml'), swapped.replace('hook-url', `https://a.test${paths.env}`), { mode: 0o600 });
    inputs = new Set(filesIn(world.folder));
    const telling = ['--yes', '--state-dir', 'state', '--metrics-file', 'jobs.prom', '--debug'];
    for (const argv of [
      ['job', 'check', 'job.yaml', '--notify-test', '--output', 'json', '--debug'],
      ['job', 'check', 'broken.yaml', '--debug'],
      ['job', 'check', 'torn.yaml', '--debug'],
      ['job', 'check', 'plain.yaml', '--debug'],
      ['job', 'check', 'shapeless.yaml', '--debug'],
      ['job', 'check', 'swapped.yaml', '--notify-test', '--debug'],
      ['job', 'run', 'job.yaml', ...telling],
      ['job', 'run', 'job.yaml', ...telling, '--output', 'json', '--output-file', 'run.json', '--log', 'json'],
      ['history', '--state-dir', 'state', '--output', 'json'],
    ]) {
      const cloud = argv[0] === 'job' ? ['--cloud', world.cloud] : [];
      const env = { SLACK_URL: `${receiver.origin}${paths.env}` };
      ran.push({ ...(await holdfast([...argv, ...cloud], { cwd: world.folder, env })), argv });
    }
  });
  afterAll(async () => {
    await Promise.all([world.end(), receiver.close()]);
  });

  it('were planted: every receiver was asked at its own, and refused with all of them in its words', () => {
    expect(ran.map(({ argv, code }) => `${argv[1]} ${argv[2]} ${code}`)).toEqual([
      'check job.yaml 3',
      'check broken.yaml 2',
      'check torn.yaml 2',
      'check plain.yaml 2',
      'check shapeless.yaml 2',
      'check swapped.yaml 3',
      'run job.yaml 3',
      'run job.yaml 0',
      '--state-dir state 0',
    ]);
    expect(new Set(receiver.received.map(({ path }) => path))).toEqual(new Set(Object.values(paths)));
    for (const { err } of ran.filter(({ argv }) => argv[1] === 'run'))
      expect(err).toContain('it answered 404: nothing here');
    expect(written().map((path) => path.slice(world.folder.length + 1))).toEqual(
      expect.arrayContaining(['state/history.sqlite', 'jobs.prom', 'run.json']),
    );
    expect(written().some((path) => path.endsWith('.ndjson'))).toBe(true);
    expect(ran.at(-1)!.out).toContain('nightly');
  });

  it('show nowhere: not in output, with --debug or in the log, and in no file', () => {
    const texts = [
      ...ran.flatMap(({ argv, out, err }) => [
        [`stdout of ${argv.join(' ')}`, out] as const,
        [`stderr of ${argv.join(' ')}`, err] as const,
      ]),
      ...written().map((path) => [path, readFileSync(path, 'latin1')] as const),
    ];
    expect(texts.flatMap(([place, text]) => (/PLANTED|hook[124]|PLANT(?!ED)/.test(text) ? [place] : []))).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('stand beside files for their owner alone, metrics excepted', () => {
    for (const path of written()) {
      const mode = (statSync(path).mode & 0o777).toString(8);
      expect([path, mode]).toEqual([path, path.endsWith('.prom') ? '644' : '600']);
    }
  });
});
