/**
 * Takes out what opens doors: SAS signatures, bearer tokens, account keys. Azure's messages quote requests now and then, and
 * properties and tags hold signed URLs.
 * https://learn.microsoft.com/azure/storage/common/storage-sas-overview,
 * https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
 */

/** Worth looking closer: one cheap scan, since nearly no text holds any of them. */
const suspicious = /sig(?:=|%3d)|bearer|eyJ|AccountKey|SharedAccessKey|client_secret|client_assertion/i;

/** None can run across the quotes or the escapes of JSON, so JSON stays JSON. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/((?:[?&;]|\\u0026|%26|\b)sig(?:=|%3d))[^&"'\\\s<>,;]+/gi, '$1…'],
  [/(\bBearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi, '$1…'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g, '…'],
  [/((?:AccountKey|SharedAccessKey|client_secret|client_assertion)=)[^&;"'\\\s]+/gi, '$1…'],
];

export const withoutSecrets = (text: string): string =>
  suspicious.test(text) ? patterns.reduce((left, [pattern, put]) => left.replace(pattern, put), text) : text;

/** The same, and the values of secrets that are known: each is long enough not to be found by chance. */
export const withoutKnown = (text: string, known: readonly string[]): string =>
  known
    .filter((secret) => secret.length >= 8)
    .reduce((left, secret) => left.replaceAll(secret, '…'), withoutSecrets(text));
