/** What holdfast made and was to be gone by now: `over-retained`, from the tag `holdfast-expires`. */
import type { Finding } from './audit.ts';
import { durationText } from './duration.ts';
import type { Tags } from './estate.ts';
import type { ResourceId } from './ids.ts';
import type { OptionId } from './option.ts';
import { instantMs, toSecond } from './time.ts';
import { findingOn } from './findings/finding.ts';

interface Kept {
  readonly id: ResourceId;
  readonly name: string;
  readonly tags: Tags;
}

export const overRetained = ({ id, name, tags }: Kept, option: OptionId, asOfMs: number): Finding | undefined => {
  const expires = Object.entries(tags).find(([tag]) => tag.toLowerCase() === 'holdfast-expires')?.[1];
  const at = instantMs(expires);
  if (at === undefined || at > asOfMs) return undefined;
  return findingOn(id, {
    code: 'over-retained',
    option,
    severity: 'low',
    summary: `${name} was to be kept until ${toSecond(at)}, ${durationText(asOfMs - at)} ago, and is still there and billed.`,
    remedy: 'delete it, or move its `holdfast-expires` tag to a later date',
  });
};
