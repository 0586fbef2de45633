/**
 * Gallery image versions without Resource Graph: galleries, their image definitions, their versions. Grows with
 * galleries, not with machines.
 */
import { gapAfter } from './inquiry.ts';
import { apiVersions, kinds } from './kinds.ts';
import { textAt } from './raw.ts';
import type { Reader } from './reader.ts';

export const readGalleries = async (
  { inquiry, intake }: Reader,
  subscriptions: readonly string[],
  onRow: (raw: unknown) => void,
): Promise<void> => {
  const { action } = kinds.galleryImageVersions;
  const list = async (path: string, take: (raw: unknown) => void): Promise<void> => {
    const failure = await inquiry.list(
      { provider: 'compute', method: 'GET', path, apiVersion: apiVersions.gallery },
      take,
    );
    const missed =
      failure === undefined
        ? undefined
        : gapAfter(
            failure,
            path.replace(/\/(?:providers\/Microsoft\.Compute\/galleries|images|versions)$/, ''),
            action,
          );
    if (missed !== undefined) intake.miss('galleryImageVersions', missed);
  };
  const idsAt = async (path: string): Promise<readonly string[]> => {
    const ids: string[] = [];
    await list(path, (raw) => ids.push(textAt(raw, 'id') ?? ''));
    return ids.filter((id) => id !== '');
  };
  await Promise.all(
    subscriptions.map(async (subscription) => {
      for (const gallery of await idsAt(`/subscriptions/${subscription}/providers/Microsoft.Compute/galleries`)) {
        await Promise.all((await idsAt(`${gallery}/images`)).map((image) => list(`${image}/versions`, onRow)));
      }
    }),
  );
};
