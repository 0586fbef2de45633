/** Writes deploy/roles from what needs the actions: `node src/build/roles-files.ts`. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readActions } from '../azure/read-actions.ts';
import { roleFor, roleNames } from '../core/roles.ts';
import { roleFormats, roleText } from '../report/role.ts';

/** Every file of deploy/roles by its name. */
export const rolesFiles = (): ReadonlyMap<string, string> =>
  new Map(
    roleNames.flatMap((name) =>
      roleFormats.map(
        (format) => [`holdfast-${name}.${format}`, roleText(roleFor(name, readActions), format)] as const,
      ),
    ),
  );

if (import.meta.main) {
  const folder = new URL('../../deploy/roles/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const files = rolesFiles();
  for (const stale of readdirSync(folder).filter((name) => !files.has(name))) rmSync(new URL(stale, folder));
  for (const [name, text] of files) writeFileSync(new URL(name, folder), text);
}
