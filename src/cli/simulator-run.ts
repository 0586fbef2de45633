/** Starts the embedded simulator for `simulate` and `demo`: files in, a running server out. */
import { join } from 'node:path';
import { UsageError } from '../core/problem.ts';
import type { FaultRule } from '../simulator/faults.ts';
import { parseFaults } from '../simulator/faults.ts';
import { loadFleet, loadRole } from '../simulator/fleet-load.ts';
import { serve } from '../simulator/https-server.ts';
import { createSimulator } from '../simulator/simulator.ts';
import type { Context } from './context.ts';
import { readInput } from './files.ts';

export interface SimulatorSetup {
  /** A fleet file or a bundle folder; the demo fleet when absent. */
  readonly fleet?: string;
  readonly seed: number;
  readonly speed: number;
  readonly latencyMs: number;
  readonly port: number;
  readonly cloudFile: string;
  readonly logFile?: string;
  readonly faults?: string;
  readonly role?: string;
  readonly controlPort?: number;
}

export interface RunningSimulator {
  readonly url: string;
  readonly controlUrl: string | undefined;
  readonly machines: number;
  readonly subscriptions: number;
  readonly now: string;
  close(): Promise<void>;
}

/** Throws UsageError for an invalid fleet, faults or role file. */
export const startSimulator = async (setup: SimulatorSetup, context: Context): Promise<RunningSimulator> => {
  const path = setup.fleet ?? join(context.root, 'config', 'fleets', 'demo.yaml');
  const { fleet } = orUsage(loadFleet(path, Date.now()), path);
  const role = setup.role === undefined ? undefined : orUsage(loadRole(setup.role), setup.role).role;
  const faults = setup.faults === undefined ? undefined : await readFaults(setup.faults);
  const simulator = createSimulator({
    fleet,
    seed: setup.seed,
    speed: setup.speed,
    latencyMs: setup.latencyMs,
    startsAt: fleet.asOf === undefined ? Date.now() : Date.parse(fleet.asOf),
    ...(role ? { role } : {}),
    ...(faults ? { faults } : {}),
    ...(setup.logFile === undefined ? {} : { logFile: setup.logFile }),
  });
  const served = await serve(simulator, {
    port: setup.port,
    cloudFile: setup.cloudFile,
    ...(setup.controlPort === undefined ? {} : { controlPort: setup.controlPort }),
  });
  const { resources, now } = simulator.state();
  return {
    url: served.url,
    controlUrl: served.controlUrl,
    machines: resources.filter((r) => r.type === 'Microsoft.Compute/virtualMachines').length,
    subscriptions: fleet.subscriptions.length,
    now,
    close: () => served.close(),
  };
};

const readFaults = async (path: string): Promise<readonly FaultRule[]> =>
  orUsage(parseFaults(await readInput(path, 'faults file'), path), path).rules;

const orUsage = <T extends object>(
  result: T,
  subject: string,
): Exclude<T, { readonly problems: readonly string[] }> => {
  if (!('problems' in result)) return result as Exclude<T, { readonly problems: readonly string[] }>;
  throw new UsageError(
    (result.problems as readonly string[]).map((summary) => ({
      code: 'simulator-input',
      severity: 'high' as const,
      subject,
      summary,
      remedy: 'src/simulator/BEHAVIOUR.md and config/fleets/demo.yaml show the form',
    })),
  );
};
