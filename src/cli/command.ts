/** A command is an inert typed object: what it is called, what it takes, and what runs. Only program.ts knows yargs. */
import type { Context } from './context.ts';
import type { ExitCode } from './exit.ts';

export interface FlagSpec {
  readonly type: 'string' | 'number' | 'boolean';
  readonly describe: string;
  /** May be given more than once. */
  readonly repeatable?: true;
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean;
  /** Numbers are whole unless this says otherwise. */
  readonly fraction?: true;
  /** The least a number may be; absent, 0, which a fraction must be above. */
  readonly least?: number;
  readonly most?: number;
  /** What stands for the value in the help text: `ID`, `FILE`. */
  readonly value?: string;
  /** Heading under which the help text lists it. */
  readonly group?: string;
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

type Single<S extends FlagSpec> = S['type'] extends 'string' ? string : S['type'] extends 'number' ? number : boolean;

type FlagValue<S extends FlagSpec> = S extends { repeatable: true }
  ? readonly Single<S>[]
  : S extends { default: string | number | boolean }
    ? Single<S>
    : S extends { type: 'boolean' }
      ? boolean
      : Single<S> | undefined;

export type FlagValues<F extends FlagSpecs> = { readonly [K in keyof F]: FlagValue<F[K]> };

export interface Positional {
  readonly name: string;
  readonly describe: string;
  readonly choices?: readonly string[];
  readonly optional?: true;
  /** Takes all that follow; `run` gets them as `rest`. Only the last one may. */
  readonly variadic?: true;
}

export interface Command<F extends FlagSpecs = FlagSpecs> {
  readonly name: string;
  readonly summary: string;
  /** Paragraphs shown under the summary by `--help`. */
  readonly description: string;
  readonly positionals?: readonly Positional[];
  readonly flags: F;
  readonly examples: readonly { readonly line: string; readonly says: string }[];
  /** The exit codes this command can give, in words. */
  readonly exits: readonly string[];
  run(
    flags: FlagValues<F>,
    positionals: Readonly<Record<string, string>>,
    context: Context,
    rest: readonly string[],
  ): Promise<ExitCode>;
}

/** Keeps a definition's own flag types while the list of commands forgets them. */
export const defineCommand = <F extends FlagSpecs>(command: Command<F>): Command<F> => command;
