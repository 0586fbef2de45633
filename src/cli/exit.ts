/** Exit codes: the one table. */

export const exits = {
  fine: 0,
  failed: 1,
  usage: 2,
  partly: 3,
  findings: 4,
  overLimit: 5,
  incomplete: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exits)[keyof typeof exits];

export const exitWords: Readonly<Record<ExitCode, string>> = {
  0: 'fine',
  1: 'failed',
  2: 'wrong usage, or an invalid guidance, plan, journal, cloud or bundle file',
  3: 'partly done: some steps failed, moved or are in doubt; the resume command is shown',
  4: 'findings at or above --fail-on, or new ones at or above --fail-on-new',
  5: 'the plan has expired, or is over a limit, before the first write',
  6: 'incomplete: something unknown could change a verdict or a finding',
  130: 'interrupted',
};

const precedence: readonly ExitCode[] = [130, 2, 1, 5, 3, 6, 4, 0];

/** The code that wins when several apply: the highest in the order 130, 2, 1, 5, 3, 6, 4, 0. */
export const worst = (codes: readonly ExitCode[]): ExitCode => precedence.find((c) => codes.includes(c)) ?? exits.fine;
