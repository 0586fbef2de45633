/** The shipped guidance as tests use it: its text, and what it parses to. */
import { readFileSync } from 'node:fs';
import { parseGuidance, type DefaultGuidance } from '../../src/core/guidance-file.ts';
import type { Guidance } from '../../src/core/guidance.ts';

export const shipped: DefaultGuidance = {
  text: readFileSync(new URL('../../config/guidance.yaml', import.meta.url), 'utf8'),
  file: 'config/guidance.yaml',
};

/** Guidance from a YAML text over the shipped one; throws what is wrong with it, so that a case cannot be vacuous. */
export const guidanceWith = (overlay = ''): Guidance => {
  const { guidance, problems } = parseGuidance(`extends: default\n${overlay}`, 'case.yaml', shipped);
  if (!guidance) throw new Error(problems.map(({ at, summary }) => `${at?.line}:${at?.column} ${summary}`).join('\n'));
  return guidance;
};

export const shippedGuidance: Guidance = guidanceWith();
