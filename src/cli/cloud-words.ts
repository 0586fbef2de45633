/** ` --cloud X` as the user gave it, for commands that they are told to run next; nothing where none was given. */
export const cloudWords = (cloud: string | undefined): string =>
  cloud === undefined ? '' : ` --cloud ${/^[\w./:@-]+$/.test(cloud) ? cloud : `'${cloud.replaceAll("'", `'\\''`)}'`}`;
