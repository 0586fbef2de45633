/** `inventory --export`: reads the fleet once and keeps every raw row as an offline bundle. */
import { openBundle } from '../azure/bundle-write.ts';
import { UsageError } from '../core/problem.ts';
import type { Context } from './context.ts';
import { readFleet, type ReadFlags, type Reading } from './estate-source.ts';

export const exportFleet = async (folder: string, flags: ReadFlags, context: Context): Promise<Reading> => {
  if (flags.offline !== undefined) {
    throw new UsageError([
      {
        code: 'usage',
        severity: 'high',
        subject: '--export',
        summary: 'a bundle is exported from Azure, not from another bundle',
        remedy: 'copy the folder',
      },
    ]);
  }
  const bundle = await openBundle(folder);
  try {
    const reading = await readFleet(flags, context, { keep: bundle.keep });
    const { raw } = reading;
    if (raw) await bundle.finish({ estate: raw.estate, read: raw.read, gaps: raw.gaps, filter: raw.filter });
    context.err(`Bundle written to ${folder}: audit it with \`holdfast audit --offline ${folder}\`.\n`);
    return reading;
  } catch (error) {
    await bundle.abandon();
    throw error;
  }
};
