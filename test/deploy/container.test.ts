/** The container image, as far as it can be judged without building it: its instructions, and that what it copies is enough to run. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, temporaryFolder } from '../e2e/rig.ts';

interface Instruction {
  readonly name: string;
  readonly words: string;
}

/** Comments gone, continued lines joined. https://docs.docker.com/reference/dockerfile/ */
const instructionsOf = (text: string): readonly Instruction[] =>
  text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const [, name, words] = /^\s*([A-Za-z]+)\s+(.*)$/.exec(line) ?? [];
      return name === undefined || words === undefined ? [] : [{ name: name.toUpperCase(), words: words.trim() }];
    });

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** What is wrong with an image for those who run it: planted below, and absent from ours. */
const faultsOf = (text: string): readonly string[] => {
  const all = instructionsOf(text);
  const of = (name: string) => all.filter((each) => each.name === name).map(({ words }) => words);
  const stages = of('FROM').map((words) => / AS (\S+)$/i.exec(words)?.[1]);
  const images = of('FROM').map((words) => words.split(' ')[0]!);
  const last = all.slice(all.findLastIndex(({ name }) => name === 'FROM'));
  const user = last.findLast(({ name }) => name === 'USER')?.words ?? 'root';
  return [
    ...images
      .filter((image) => !stages.includes(image) && !/:\d+\.\d+\.\d+|@sha256:/.test(image))
      .map((image) => `${image} is not pinned`),
    ...of('ADD').map((words) => `ADD ${words}`),
    ...(/^(?:[1-9]\d+)(?::[1-9]\d+)?$/.test(user) ? [] : [`runs as ${user}`]),
    ...[...of('ENV'), ...of('ARG')]
      .filter((words) => /secret|password|token|key/i.test(words))
      .map((words) => `holds ${words}`),
    ...of('COPY')
      .filter((words) => /(?:^|\s)\.(?:\/)?\s/.test(words))
      .map((words) => `copies everything: ${words}`),
    ...of('RUN')
      .filter((words) => /curl|wget|sudo|chmod 777/.test(words))
      .map((words) => `runs ${words}`),
  ];
};

describe('the Dockerfile', () => {
  const text = read('deploy/Dockerfile');
  const instructions = instructionsOf(text);

  it('has none of the faults that are looked for, and each is seen when it is planted', () => {
    expect(faultsOf(text)).toEqual([]);
    const planted = (from: string, to: string) => faultsOf(text.replaceAll(from, to));
    expect(planted('node:24.21.0-bookworm-slim', 'node:latest')).toContain('node:latest is not pinned');
    expect(planted('USER 10001:10001', '')).toEqual(['runs as root']);
    expect(planted('USER 10001:10001', 'USER 0')).toEqual(['runs as 0']);
    expect(planted('COPY config ./config', 'ADD https://example.com/x /x')).toEqual(['ADD https://example.com/x /x']);
    expect(planted('COPY config ./config', 'COPY . .')).toEqual(['copies everything: . .']);
    expect(planted('NODE_ENV=production', 'API_TOKEN=x')).toHaveLength(1);
  });

  it('has the Node that the project is tested with, in every stage', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
    const images = instructions.filter(({ name }) => name === 'FROM').map(({ words }) => words.split(' ')[0]);
    expect(new Set(images)).toEqual(new Set([`node:${devDependencies.node}-bookworm-slim`]));
  });

  it('keeps its state in the volume that its user owns', () => {
    const words = (name: string) =>
      instructions
        .filter((each) => each.name === name)
        .map((each) => each.words)
        .join('\n');
    expect(words('ENV')).toContain('HOLDFAST_STATE_DIR=/var/lib/holdfast');
    expect(words('VOLUME')).toBe('["/var/lib/holdfast"]');
    expect(words('RUN')).toContain('install -d -o 10001 -g 10001 -m 0700 /var/lib/holdfast');
    expect(JSON.parse(words('ENTRYPOINT'))).toEqual(['node', '/opt/holdfast/src/cli/bin.mjs']);
  });

  /** Of the last stage: where from, where to. */
  const copies = instructions
    .slice(instructions.findLastIndex(({ name }) => name === 'FROM'))
    .filter(({ name }) => name === 'COPY')
    .flatMap(({ words }) => {
      const paths = words.split(/\s+/).filter((word) => !word.startsWith('--'));
      const to = paths.pop()!;
      return paths.map((from) => ({
        from: from.replace(/^\/build\//, ''),
        to: to.endsWith('/') ? join(to, from) : to,
      }));
    });

  it('copies only what .dockerignore lets into the build', () => {
    const [everything, ...allowed] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(everything).toBe('*');
    const own = instructions
      .filter(({ name, words }) => name === 'COPY' && !words.includes('--from'))
      .flatMap(({ words }) => words.split(/\s+/).slice(0, -1));
    const tops = own.map((path) => `!${path.split('/')[0]}`);
    expect(new Set(tops)).toEqual(new Set(allowed));
    expect(own.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  const built = existsSync(join(root, 'dist', 'main.js'));
  if (!built) console.log('what the image copies is not run: the bundle is not built (npm run build)');

  it.skipIf(!built)('copies enough to run where nothing else is there', () => {
    const folder = temporaryFolder();
    for (const { from, to } of copies) {
      mkdirSync(dirname(join(folder, to)), { recursive: true });
      cpSync(join(root, from), join(folder, to), { recursive: true });
    }
    const nowhere = join(folder, 'nowhere');
    const run = (...argv: readonly string[]) =>
      spawnSync(process.execPath, [join(folder, 'src/cli/bin.mjs'), ...argv], {
        encoding: 'utf8',
        cwd: folder,
        env: { PATH: '/usr/bin:/bin', HOME: nowhere, TMPDIR: nowhere },
      });
    expect(run('guidance', 'check')).toMatchObject({ status: 0, stderr: expect.stringContaining('is valid') });
    const job = run('job', 'check', 'config/jobs/dev-daily.yaml', '--offline', nowhere);
    expect([job.status, job.stderr]).toEqual([2, expect.stringContaining('nowhere')]);
  });
});
