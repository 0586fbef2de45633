/** THE list of output formats: to add one, write its file and a line here. */
import { csv } from './csv.ts';
import { json } from './json.ts';
import type { Format, RenderOptions, Report } from './model.ts';
import { ndjson } from './ndjson.ts';
import { table } from './table.ts';

export const formats = { table, json, ndjson, csv } as const satisfies Readonly<Record<string, Format>>;

export type FormatId = keyof typeof formats;

export const formatIds = Object.keys(formats) as readonly FormatId[];

export const render = (format: FormatId, report: Report, options: RenderOptions): string =>
  formats[format].render(report, options);
