/** The only file that knows yargs: turns the command definitions into a parser, and a parse into a run. */
import yargs from 'yargs';
import type { Argv } from 'yargs';
import { UsageError } from '../core/problem.ts';
import type { Command, FlagSpec, FlagSpecs, Positional } from './command.ts';
import type { Context } from './context.ts';
import { exits, exitWords } from './exit.ts';
import type { ExitCode } from './exit.ts';

const option = (spec: FlagSpec) => ({
  describe: spec.describe,
  requiresArg: spec.type !== 'boolean',
  ...(spec.repeatable ? { type: 'array' as const, [spec.type]: true, nargs: 1 } : { type: spec.type }),
  ...(spec.choices ? { choices: spec.choices } : {}),
  ...(spec.default === undefined ? {} : { default: spec.default }),
  ...(spec.group ? { group: `${spec.group}:` } : {}),
});

const usageLine = (command: Command): string =>
  [command.name, ...(command.positionals ?? []).map(positionalText)].join(' ');

const positionalText = ({ name, optional, variadic }: Positional): string => {
  const all = `${name}${variadic ? '..' : ''}`;
  return optional ? `[${all}]` : `<${all}>`;
};

const declare = (parser: Argv, command: Command): Argv => {
  for (const p of command.positionals ?? []) {
    parser.positional(p.name, { type: 'string', describe: p.describe, ...(p.choices ? { choices: p.choices } : {}) });
  }
  for (const [name, spec] of Object.entries(command.flags)) parser.option(name, option(spec));
  for (const e of command.examples) parser.example(e.line, e.says);
  return parser
    .usage(`holdfast ${usageLine(command)} [flags]\n\n${command.summary}\n\n${reflowed(command.description)}`)
    .epilogue(`Exit codes:\n${command.exits.map((e) => `  ${e}`).join('\n')}`);
};

/** Lines are broken by the terminal's width, not by the source's; paragraphs and columns stay. */
const reflowed = (text: string): string => text.replace(/(?<!\n)\n(?!\n|\S+ {2,})/g, ' ');

/** The values of a parse in the shape a definition asks for: only its own flags, arrays where repeatable. */
const valuesOf = (flags: FlagSpecs, argv: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(flags)) {
    const given = argv[name];
    if (spec.repeatable) values[name] = given === undefined ? [] : [given].flat();
    else if (spec.type === 'boolean') values[name] = given === true;
    else values[name] = Array.isArray(given) ? refuseRepeat(name) : given;
    if (spec.type === 'number' && values[name] !== undefined)
      for (const value of [values[name]].flat()) checkNumber(name, spec, value);
  }
  return values;
};

const usage = (summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject: 'command line', summary, remedy }]);

const refuseRepeat = (name: string): never => {
  throw usage(`--${name} was given more than once`, `give --${name} once`);
};

const checkNumber = (name: string, spec: FlagSpec, value: unknown): void => {
  const { fraction, least = 0, most = Number.MAX_SAFE_INTEGER } = spec;
  const above = fraction === true && spec.least === undefined;
  const ok =
    typeof value === 'number' &&
    (above ? value > least : value >= least) &&
    value <= most &&
    (fraction ? Number.isFinite(value) : Number.isInteger(value));
  if (ok) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  const whole = fraction ? `a number, ${range}` : `a whole number, ${range}`;
  throw usage(`--${name} needs ${above ? 'a number above 0' : whole}`, 'see --help');
};

/** The parser's own words where they are plain, and ours where it counts arguments instead of naming them. */
const complaint = (message: string, command: Command | undefined): string => {
  const flag = /^Not enough arguments following: (\S+)$/.exec(message)?.[1];
  if (flag !== undefined) return `--${flag} needs a value`;
  if (command === undefined || !message.startsWith('Not enough non-option arguments')) return message;
  const missing = (command.positionals ?? []).filter(({ optional }) => optional !== true);
  return `${command.name} needs ${missing.map(positionalText).join(' and ')}`;
};

const summaryOfExits = Object.entries(exitWords)
  .map(([code, words]) => `  ${code.padStart(3)}  ${words}`)
  .join('\n');

/** Parses and runs. Throws UsageError for anything the definitions do not allow. */
export const runProgram = async (
  argv: readonly string[],
  commands: readonly Command[],
  context: Context,
): Promise<ExitCode> => {
  let code: ExitCode = exits.fine;
  let ran = false;
  const parser = yargs([...argv])
    .scriptName('holdfast')
    .usage(
      'holdfast <command> [flags]\n\nCould we get this machine back? Audits, plans and applies backup for Azure virtual machines.',
    )
    .epilogue(`Exit codes (the highest in this order wins: 130, 2, 1, 5, 3, 6, 4, 0):\n${summaryOfExits}`)
    .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false, 'greedy-arrays': false })
    .strict()
    .recommendCommands()
    .demandCommand(1, 'Name a command')
    .version(context.version)
    .wrap(Math.min(context.terminal.width, 110))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      // Some complaints of the parser come as errors of its own; what a command threw stays what it is.
      if (error && error.name !== 'YError') throw error;
      const command = commands.find(({ name }) => name === argv[0]);
      throw usage(
        complaint(message ?? error?.message ?? 'wrong usage', command),
        `holdfast ${command ? `${command.name} ` : ''}--help`,
      );
    });
  for (const command of commands) {
    parser.command(
      usageLine(command),
      command.summary,
      (y) => declare(y, command),
      async (argvOf) => {
        ran = true;
        const positionals = Object.fromEntries(
          (command.positionals ?? []).flatMap((p) =>
            argvOf[p.name] === undefined || p.variadic ? [] : [[p.name, String(argvOf[p.name])]],
          ),
        );
        const rest = (command.positionals ?? []).flatMap((p) =>
          p.variadic ? [argvOf[p.name] ?? []].flat().map(String) : [],
        );
        code = await command.run(valuesOf(command.flags, argvOf) as never, positionals, context, rest);
      },
    );
  }
  // A parse callback makes yargs hand over help and version text instead of printing it: data goes out through the context.
  let text = '';
  await parser.parseAsync([...argv], {}, (_error: Error | undefined, _argv: unknown, output: string) => {
    text = output;
  });
  if (!ran && text) context.out(`${text}\n`);
  return code;
};
