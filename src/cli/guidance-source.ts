/** Finds the guidance a command judges by: the shipped one, or the user's file laid over it. */
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { parseGuidance } from '../core/guidance-file.ts';
import type { ParsedGuidance } from '../core/guidance-file.ts';
import type { Guidance } from '../core/guidance.ts';
import { UsageError } from '../core/problem.ts';
import type { Context } from './context.ts';
import { readInput } from './files.ts';
import { tellProblems } from './show-problems.ts';

const shippedFile = 'config/guidance.yaml';

/** The guidance and every problem in it; `file` is relative to where the user stands. */
export const readGuidance = async (context: Context, file: string | undefined): Promise<ParsedGuidance> => {
  const shipped = { text: await readInput(join(context.root, shippedFile), 'shipped guidance'), file: shippedFile };
  if (file === undefined) return parseGuidance(shipped.text, shipped.file);
  return parseGuidance(await readInput(resolve(context.cwd, file), 'guidance'), file, shipped);
};

/** The whole guidance as a file of its own. */
export const guidanceYaml = (guidance: Guidance): string => stringify(guidance, { lineWidth: 120 });

/** As `readGuidance`; an invalid one is wrong usage, and warnings are shown. */
export const loadGuidance = async (context: Context, file: string | undefined): Promise<Guidance> => {
  const { guidance, problems } = await readGuidance(context, file);
  if (guidance === undefined) throw new UsageError(problems);
  tellProblems(problems, context);
  return guidance;
};
