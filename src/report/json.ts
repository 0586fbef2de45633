/** The contract itself: every field of the report, indented, for programs and for diffs. */
import type { Format } from './model.ts';

export const json: Format = {
  id: 'json',
  title: 'one JSON document, the whole report',
  extension: 'json',
  render: (report) => `${JSON.stringify(report, null, 2)}\n`,
};
