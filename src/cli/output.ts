/** Puts rendered data where the user asked for it. */
import { resolve } from 'node:path';
import { render } from '../report/index.ts';
import type { FormatId } from '../report/index.ts';
import type { Report } from '../report/model.ts';
import type { Context } from './context.ts';
import { checkWritable, writeFileAtomically } from './files.ts';

export interface OutputFlags {
  readonly output: string;
  readonly 'output-file': string | undefined;
}

/** Before the work: whether `--output-file` can be written at all. */
export const checkOutput = async (flags: Pick<OutputFlags, 'output-file'>, context: Context): Promise<void> => {
  if (flags['output-file'] !== undefined) await checkWritable(resolve(context.cwd, flags['output-file']));
};

/** To standard output, or whole and privately into `--output-file`, where colour would only be in the way. */
export const putReport = async (report: Report, flags: OutputFlags, context: Context, brief = false): Promise<void> => {
  const toFile = flags['output-file'] !== undefined;
  const text = render(flags.output as FormatId, report, {
    width: context.terminal.width,
    colour: context.terminal.colour && !toFile,
    brief,
  });
  await putText(text, flags, context);
};

export const putText = async (
  text: string,
  flags: Pick<OutputFlags, 'output-file'>,
  context: Context,
): Promise<void> => {
  if (flags['output-file'] === undefined) context.out(text);
  else {
    await writeFileAtomically(resolve(context.cwd, flags['output-file']), text);
    context.err(`Written to ${flags['output-file']}.\n`);
  }
};
