/** The shipped guidance as tests use it: its text, what it parses to, and machines judged by it. */
import { readFileSync } from 'node:fs';
import { classify, type Classification } from '../../src/core/classify.ts';
import type { Machine, Tags } from '../../src/core/estate.ts';
import { unknown } from '../../src/core/fact.ts';
import { parseGuidance, type DefaultGuidance } from '../../src/core/guidance-file.ts';
import type { Guidance } from '../../src/core/guidance.ts';
import { assessStriping } from '../../src/core/striping.ts';
import { aMachine, asOf } from './estate-builder.ts';

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

/** A machine classified as the tool does it, by its own striping; without guidance, by the shipped one. */
export const judge = (machine: Machine, guidance: Guidance = shippedGuidance, at = asOf): Classification =>
  classify(machine, guidance, assessStriping(machine, guidance), at);

export const tagged = (tags: Tags, over: Partial<Machine> = {}): Classification => judge(aMachine({ tags, ...over }));

export const unreadable = unknown('no-permission', 'no permission to read the instance view');
