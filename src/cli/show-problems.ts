/** Problems as lines for people: what, where, what to do next. */
import { styleText } from 'node:util';
import type { Problem } from '../core/problem.ts';
import type { Context } from './context.ts';

export const showProblems = (problems: readonly Problem[], colour: boolean): string =>
  problems.map((p) => showProblem(p, colour)).join('');

/** To standard error: as lines for people, or as data with `--log json`. */
export const tellProblems = (
  problems: readonly Problem[],
  { log, err, terminal }: Pick<Context, 'log' | 'err' | 'terminal'>,
): void => {
  if (log) for (const problem of problems) log.problem(problem);
  else if (problems.length > 0) err(showProblems(problems, terminal.colour));
};

/** Names, tags and file contents are other people's: no escape sequence in them may reach the terminal. Line breaks stay. */
export const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- taking control characters out is the point
  text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');

const showProblem = (p: Problem, colour: boolean): string => {
  const mark = p.severity === 'low' || p.severity === 'info' ? 'note' : p.severity === 'medium' ? 'warning' : 'error';
  const painted = colour ? styleText(mark === 'error' ? 'red' : 'yellow', mark, { validateStream: false }) : mark;
  const where = p.at ? `${printable(p.at.file)}:${p.at.line}:${p.at.column}: ` : '';
  return [
    `${where}${painted}: ${printable(p.summary)}`,
    ...(p.detail ? [`  ${printable(p.detail)}`] : []),
    ...(p.remedy ? [`  next: ${printable(p.remedy)}`] : []),
    '',
  ].join('\n');
};
