/** What a command gets from the process it runs in; tests pass their own. Nothing else in the product touches `process`. */
import type { Cloud } from '../azure/cloud.ts';
import type { Transport } from '../azure/transport.ts';
import type { Clock } from '../engine/ports.ts';
import type { Log } from './log-events.ts';

/** A way to Azure, and the time that passes there: what a simulator in this process is reached by. */
export interface Link {
  readonly transport: (cloud: Cloud) => Transport;
  readonly clock: Clock;
}

export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Data. */
  readonly out: (text: string) => void;
  /** People's words. */
  readonly err: (text: string) => void;
  readonly terminal: {
    /** Standard error is a terminal: live progress may be drawn. */
    readonly live: boolean;
    /** Both ends are a terminal: a question may be asked. */
    readonly interactive: boolean;
    readonly width: number;
    readonly colour: boolean;
  };
  /** Asks one line; only where `interactive`. */
  readonly ask: (question: string) => Promise<string>;
  /** First Ctrl-C. */
  readonly signal: AbortSignal;
  /** Absent: the network, and this machine's own time. */
  readonly link?: Link;
  /** In every request that this command makes, as `x-ms-correlation-request-id`; `main` gives it. */
  readonly correlationId?: string;
  /** Present with `--log json`: people's words go there too. */
  readonly log?: Log;
  /** Where config/ and package.json stand. */
  readonly root: string;
  readonly version: string;
}
