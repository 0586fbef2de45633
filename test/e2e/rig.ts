/** The real command line against the embedded simulator on a real HTTPS socket; what a suite needs to look at both. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../src/cli/context.ts';
import { main } from '../../src/cli/main.ts';
import { ConnectionReset } from '../../src/simulator/faults.ts';
import { loadFleet, loadRole } from '../../src/simulator/fleet-load.ts';
import { serve, type Served } from '../../src/simulator/https-server.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { createSimulator, type CreateOptions, type Simulator } from '../../src/simulator/simulator.ts';

export const root = join(import.meta.dirname, '..', '..');
export const demoFleet = join(root, 'config', 'fleets', 'demo.yaml');
/** When the simulated fleets are loaded: ages in fleet files count back from here, so every run sees the same fleet. */
export const startsAt = Date.UTC(2026, 10, 2, 8);

/**
 * For comparing two readings: slow enough that no scheduled backup of the fleet (the next ones are due four hours after
 * `startsAt`) falls between them on however loaded a machine, fast enough that waiting for a quota is short.
 */
export const unhurried = 10;

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What a person at a terminal answers; absent: there is no terminal. */
  readonly answer?: string;
}

/** What a command is given of the world around it, and what it wrote so far; no terminal unless `answer` is given. */
export const contextOf = (
  options: RunOptions = {},
): { readonly context: Context; readonly written: () => Omit<Ran, 'code'> } => {
  let out = '';
  let err = '';
  const context: Context = {
    env: options.env ?? {},
    cwd: options.cwd ?? root,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    terminal: { live: false, interactive: options.answer !== undefined, width: 110, colour: false },
    ask: async (question) => {
      err += question;
      return options.answer ?? '';
    },
    signal: options.signal ?? new AbortController().signal,
    root,
    version: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
  };
  return { context, written: () => ({ out, err }) };
};

/** One command line in this process, as bin.mjs would run it. */
export const holdfast = async (argv: readonly string[], options: RunOptions = {}): Promise<Ran> => {
  const { context, written } = contextOf(options);
  const code = await main(argv, context);
  return { code, ...written() };
};

export interface World {
  readonly simulator: Simulator;
  readonly folder: string;
  readonly cloud: string;
  readonly served: Served;
  /** A path in the world's own folder. */
  at(name: string): string;
  /** A command that reads or writes the simulated Azure; `--cloud` is added. */
  run(...argv: readonly string[]): Promise<Ran>;
  /** As `run`, with the exit code expected and standard output parsed. */
  json<T>(code: number, ...argv: readonly string[]): Promise<T>;
  end(): Promise<void>;
}

export interface WorldOptions extends Omit<CreateOptions, 'fleet' | 'role'> {
  /** A fleet file or a bundle folder; the demo fleet when absent. */
  readonly fleet?: string;
  readonly role?: string;
  /** Whether a request is lost on its way: it never reaches Azure, and its connection breaks. */
  readonly loses?: (request: Request) => boolean;
  /** Called for every exchange when it has happened and its answer is not yet sent; the answer waits for it. */
  readonly beforeAnswer?: (exchange: ExchangeLine) => void | Promise<void>;
}

const unlessProblems = <T extends object>(result: T): Exclude<T, { readonly problems: readonly string[] }> => {
  if ('problems' in result) throw new Error((result.problems as readonly string[]).join('\n'));
  return result as Exclude<T, { readonly problems: readonly string[] }>;
};

let witness: (simulator: Simulator) => void = () => undefined;

/** Is told of every world that this file begins from here on. */
export const witnessed = (by: (simulator: Simulator) => void): void => void (witness = by);
export const begun = (simulator: Simulator): void => witness(simulator);

/** Waits of the tool are divided by the speed, so an hour of Azure takes seconds; nothing here depends on how long they are. */
export const startWorld = async (options: WorldOptions = {}): Promise<World> => {
  const folder = temporaryFolder();
  const { fleet: path = demoFleet, role, beforeAnswer, loses, ...rest } = options;
  const { fleet } = unlessProblems(loadFleet(path, startsAt));
  const simulator = createSimulator({
    speed: 600,
    startsAt: fleet.asOf === undefined ? startsAt : Date.parse(fleet.asOf),
    ...rest,
    fleet,
    ...(role === undefined ? {} : { role: unlessProblems(loadRole(role)).role }),
  });
  begun(simulator);
  const cloud = join(folder, 'cloud.json');
  const watched: Simulator =
    beforeAnswer === undefined && loses === undefined
      ? simulator
      : {
          ...simulator,
          handle: (request) => {
            if (loses?.(request)) throw new ConnectionReset();
            return beforeAnswer === undefined ? simulator.handle(request) : watch(simulator, request, beforeAnswer);
          },
        };
  const served = await serve(watched, { cloudFile: cloud });
  const run = (...argv: readonly string[]): Promise<Ran> => holdfast([...argv, '--cloud', cloud], { cwd: folder });
  return {
    simulator,
    folder,
    cloud,
    served,
    at: (name) => join(folder, name),
    run,
    json: async <T>(code: number, ...argv: readonly string[]): Promise<T> => {
      const ran = await run(...argv, '--output', 'json');
      if (ran.code !== code)
        throw new Error(
          `exit ${ran.code}, not ${code}: holdfast ${argv.join(' ')}\n${ran.err}\n${ran.out.slice(0, 2000)}`,
        );
      return JSON.parse(ran.out) as T;
    },
    end: async () => {
      await served.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const watch = async (
  simulator: Simulator,
  request: Request,
  beforeAnswer: NonNullable<WorldOptions['beforeAnswer']>,
): Promise<Response> => {
  const response = await simulator.handle(request);
  await beforeAnswer(simulator.log().at(-1)!);
  return response;
};

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'holdfast-e2e-'));
