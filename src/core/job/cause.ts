/**
 * Azure's refusals in one line, for whoever reads them of many machines: what happened, Azure's code, and what it says
 * first. The whole text, as `azure/failure.ts` writes it (`SUMMARY: CODE: MESSAGE; … (request ID)`), stands in the
 * machine's `reason`.
 */

/** The same for machines that it is the same for: ids in it become `…`. `own`: the machine's name. */
export const causeOf = (detail: string, own: string): string => {
  const said = detail.replaceAll(/\s*\(request [^)]*\)/g, '');
  const match = /^(?:(.*?): )?([A-Z][A-Za-z0-9_.]*[a-z][A-Za-z0-9_.]*): (.*)$/s.exec(said);
  if (match === null) return brief(said, own);
  const [, head = '', code = '', text = ''] = match;
  const message = text.startsWith(`${code}: `) ? text.slice(code.length + 2) : text;
  const action = missingAction(message);
  return `${head === '' ? code : `${lowered(head)} (${code})`}: ${action ?? brief(message, own)}`;
};

/**
 * The only thing in a refusal of this kind that anybody can act upon:
 * https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
 */
const missingAction = (message: string): string | undefined => /action(?:\(s\))? '([^']+)'/i.exec(message)?.[1];

const longest = 160;

/** The first sentence, without what differs from machine to machine. */
const brief = (text: string, own: string): string => {
  const same = text
    .replaceAll(/['"]?\/subscriptions\/[^\s'",;]+['"]?/gi, '…')
    .replaceAll(/['"]?\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b['"]?/gi, '…')
    .replaceAll(`'${own}'`, '…')
    .replaceAll(`"${own}"`, '…');
  const first = (/^.*?[.;](?=\s|$)/s.exec(same)?.[0] ?? same).replace(/[.;]$/, '');
  return first.length <= longest ? first : `${first.slice(0, longest - 1).trimEnd()}…`;
};

/** It follows a colon. */
const lowered = (head: string): string =>
  /^[A-Z][a-z]/.test(head) && !head.startsWith('Azure') ? head[0]!.toLowerCase() + head.slice(1) : head;
