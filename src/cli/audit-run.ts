/** Reading and judging, as several commands begin: estate, guidance, audit. */
import type { Audit } from '../core/audit.ts';
import { auditEstate } from '../core/audit-estate.ts';
import type { Guidance } from '../core/guidance.ts';
import type { Context } from './context.ts';
import { readFleet, type ReadFlags, type Reading, type ReadWishes } from './estate-source.ts';
import { loadGuidance } from './guidance-source.ts';

export interface Audited extends Reading {
  readonly guidance: Guidance;
  readonly audit: Audit;
}

export const readAndAudit = async (
  flags: ReadFlags & { readonly config: string | undefined },
  context: Context,
  wishes: ReadWishes = {},
): Promise<Audited> => {
  // Guidance first: a mistake in it is told before anything is asked of Azure.
  const guidance = await loadGuidance(context, flags.config);
  const reading = await readFleet(flags, context, wishes);
  return { ...reading, guidance, audit: auditEstate(reading.estate, guidance, reading.asOf) };
};
