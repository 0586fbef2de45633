import { resolve } from 'node:path';
import { addBodyTypes } from './body-types.ts';
import { OpenApiReader } from './openapi.ts';
import { clientVersions } from './client-versions.ts';
import { printTable, printVersions } from './print.ts';
import { tableSources } from './sources.ts';

/** Every generated module, file name → text. Reads the documents under `directory`; writes nothing. */
export function generateTables(directory: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const source of tableSources) {
    const reader = new OpenApiReader();
    for (const document of source.documents) {
      reader.add(resolve(directory, 'specs/specification', document), (name) => source.without?.test(name) !== true);
    }
    const newest = resolve(directory, 'specs/specification', source.documents.at(-1)!);
    for (const [body, resource] of Object.entries(source.echoes ?? {})) reader.echo(newest, body, resource);
    let table = reader.table();
    for (const [file, bodies] of Object.entries(source.bodyTypes ?? {})) {
      table = addBodyTypes(table, resolve(directory, 'body-types', file), bodies);
    }
    files.set(`${source.name}.ts`, printTable(source.name, table));
  }
  files.set('api-versions.ts', printVersions(versions()));
  return files;
}

/** The versions of the documents and type descriptions themselves, and those that known clients send. */
function versions(): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [family, sent] of Object.entries(clientVersions)) {
    const source = tableSources.find((each) => each.name === family);
    const documented = [...(source?.documents ?? []), ...Object.keys(source?.bodyTypes ?? {})].flatMap(
      (each) => /\d{4}-\d\d-\d\d/.exec(each)?.[0] ?? [],
    );
    found[family] = [...new Set([...sent, ...documented])].sort();
  }
  return found;
}
