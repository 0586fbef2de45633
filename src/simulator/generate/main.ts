/**
 * Writes src/simulator/generated from Azure's own documents.
 * `node src/simulator/generate/main.ts DIR`: DIR holds `specs/specification` (Azure/azure-rest-api-specs) and
 * `body-types` (Azure/bicep-types-az).
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generateTables } from './tables.ts';

const source = process.argv[2];
if (source === undefined) {
  process.stderr.write('usage: node src/simulator/generate/main.ts DIR\n');
  process.exitCode = 2;
} else {
  const target = resolve(import.meta.dirname, '../generated');
  for (const [file, text] of generateTables(resolve(source))) writeFileSync(join(target, file), text);
}
