/** What a spreadsheet is made of. */

/** By column; a column that it lacks stays empty. */
export type Row = Readonly<Record<string, string | number | null>>;

export interface Sheet {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}
