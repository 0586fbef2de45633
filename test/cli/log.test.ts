/** `--log json`: what a line holds, and that nothing else gets to standard error. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeLogger, wantsJsonLog } from '../../src/cli/log.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { expectGolden } from '../core/golden.ts';
import { holdfast, root } from '../e2e/rig.ts';

type Line = Readonly<Record<string, unknown>>;

/** Throws at the first line that is no JSON object. */
const linesOf = (text: string): readonly Line[] => {
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const parsed: unknown = JSON.parse(line);
      expect(typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)).toBe(true);
      return parsed as Line;
    });
};

const logged = (act: (log: ReturnType<typeof makeLogger>) => void): readonly Line[] => {
  let text = '';
  act(makeLogger({ correlationId: 'c-1', now: () => Date.UTC(2026, 5, 3, 1), put: (line) => void (text += line) }));
  return linesOf(text);
};

describe('a line of the log', () => {
  it('has time, level, event and correlation id first, the run once it has a name, and the event as it is', () => {
    const event: EngineEvent = { kind: 'step.started', at: '2026-01-01T00:00:00Z', step: 's-1' };
    const [before, after] = logged((log) => {
      log.engine(event);
      log.run('r-1');
      log.engine(event);
    });
    const fields = {
      time: '2026-06-03T01:00:00Z',
      level: 'info',
      event: 'step.started',
      correlationId: 'c-1',
      at: event.at,
      step: 's-1',
    };
    expect(before).toEqual(fields);
    expect(after).toEqual({ ...fields, runId: 'r-1' });
    expect(Object.keys(after!).slice(0, 5)).toEqual(['time', 'level', 'event', 'runId', 'correlationId']);
  });

  it.each<[string, EngineEvent]>([
    ['error', { kind: 'step.settled', at: '', step: 's', outcome: 'failed' }],
    ['error', { kind: 'step.settled', at: '', step: 's', outcome: 'in-doubt' }],
    ['warn', { kind: 'step.settled', at: '', step: 's', outcome: 'moved' }],
    ['info', { kind: 'step.settled', at: '', step: 's', outcome: 'already-done' }],
    ['warn', { kind: 'throttled', at: '', bucket: 'b', until: '' }],
    ['warn', { kind: 'lease', at: '', machine: 'm', state: 'lost' }],
    ['info', { kind: 'lease', at: '', machine: 'm', state: 'taken' }],
    ['debug', { kind: 'step.progress', at: '', step: 's' }],
  ])('is of level %s for %o', (level, event) => {
    expect(logged((log) => log.engine(event))).toMatchObject([{ level, event: event.kind }]);
  });

  it("tells a problem whole, with the id that Azure's support asks for", () => {
    const problem = {
      code: 'azure-refused',
      severity: 'high',
      subject: '/subscriptions/s',
      summary: 'Azure refused',
      detail: 'InvalidParameter: no (request 0d3c-77)',
    } as const;
    expect(logged((log) => log.problem(problem))).toMatchObject([
      { level: 'error', event: 'problem', problem, azureRequestId: '0d3c-77' },
    ]);
    const settled: EngineEvent = { kind: 'step.settled', at: '', step: 's', outcome: 'failed', detail: problem.detail };
    expect(logged((log) => log.engine(settled))).toMatchObject([{ azureRequestId: '0d3c-77' }]);
    const retried: EngineEvent = { kind: 'step.retried', at: '', step: 's', attempt: 2, problem };
    expect(logged((log) => log.engine(retried))).toMatchObject([{ azureRequestId: '0d3c-77' }]);
    expect(logged((log) => log.problem({ ...problem, severity: 'low', detail: 'x' }))[0]).not.toHaveProperty(
      'azureRequestId',
    );
  });

  it('tells words a line each, without empty ones', () => {
    expect(logged((log) => log.words('\nOne "thing".\n  and two\n'))).toMatchObject([
      { event: 'message', message: 'One "thing".' },
      { event: 'message', message: 'and two' },
    ]);
  });
});

describe('--log json', () => {
  it.each([
    [['apply', 'p', '--log', 'json'], true],
    [['apply', '--log=json', 'p'], true],
    [['apply', 'p', '--log', 'text'], false],
    [['apply', 'p', '--output', 'json'], false],
    [['snapshot', '--', '--log', 'json'], false],
  ])('is seen in %j: %s', (argv, wanted) => {
    expect(wantsJsonLog(argv)).toBe(wanted);
  });

  it('tells wrong usage, a missing file and an exit code as JSON too, all under one correlation id', async () => {
    for (const [argv, code] of [
      [['apply', '--log', 'json'], 'usage'],
      [['apply', 'gone.json', '--yes', '--log', 'json'], 'file'],
      [['apply', 'x', '--nonsense', '--log', 'json'], 'usage'],
    ] as const) {
      const { err, code: exit } = await holdfast(argv);
      const lines = linesOf(err);
      expect(lines.map(({ event }) => event)).toEqual(['command.started', 'problem', 'command.ended']);
      expect(lines[1]).toMatchObject({ level: 'error', problem: { code } });
      expect([exit, lines[2]!['exitCode']]).toEqual([2, 2]);
      expect(new Set(lines.map(({ correlationId }) => correlationId)).size).toBe(1);
      expect(lines[0]!['correlationId']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    }
  });

  it('asks nobody: without --yes it is as if there were no terminal', async () => {
    const { code, err } = await holdfast(['snapshot', 'x', '--log', 'xml'], { answer: 'y' });
    expect([code, err.includes('Choices: "text", "json"')]).toEqual([2, true]);
  });

  it("has Node's own warnings and Ctrl-C in it as well", async () => {
    const run = `
      import { runProcess } from ${JSON.stringify(join(root, 'src', 'cli', 'main.ts'))};
      const ran = runProcess();
      process.emitWarning('something odd');
      process.kill(process.pid, 'SIGTERM');
      await ran;
      await new Promise((go) => setImmediate(go));`;
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', run, 'holdfast', 'apply', 'gone.json', '--log', 'json'],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
    await new Promise((done) => child.on('close', done));
    const events = linesOf(err).map(({ event, message }) => [event, message]);
    expect(events).toContainEqual(['warning', 'Warning: something odd']);
    expect(new Set(linesOf(err).map(({ correlationId }) => correlationId)).size).toBe(1);
  });

  it('has only events that are declared', () => {
    const source = readFileSync(join(root, 'src', 'cli', 'log-events.ts'), 'utf8');
    const declared = [...source.matchAll(/\{\s*readonly kind: '([\w.]+)'([^}]*)\}/g)].map(
      ([, kind, rest]) => `${kind}: ${[...rest!.matchAll(/readonly (\w+\??):/g)].map(([, key]) => key!).join(', ')}\n`,
    );
    expectGolden('cli/log-events.txt', declared.toSorted((a, b) => a.localeCompare(b)).join(''));
  });
});
