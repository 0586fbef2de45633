/** Problems as lines for people: what, where, what to do next. */
import { styleText } from 'node:util';
import type { Problem } from '../core/problem.ts';

export const showProblems = (problems: readonly Problem[], colour: boolean): string =>
  problems.map((p) => showProblem(p, colour)).join('');

const showProblem = (p: Problem, colour: boolean): string => {
  const mark = p.severity === 'low' || p.severity === 'info' ? 'note' : p.severity === 'medium' ? 'warning' : 'error';
  const painted = colour ? styleText(mark === 'error' ? 'red' : 'yellow', mark, { validateStream: false }) : mark;
  const where = p.at ? `${p.at.file}:${p.at.line}:${p.at.column}: ` : '';
  return [
    `${where}${painted}: ${p.summary}`,
    ...(p.detail ? [`  ${p.detail}`] : []),
    ...(p.remedy ? [`  next: ${p.remedy}`] : []),
    '',
  ].join('\n');
};
