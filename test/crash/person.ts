/** The person at the command line, who has sent again what ended in doubt and may be sent again, and nothing else. */
import type { Life } from './process.ts';

export interface Helped {
  readonly life: Life;
  /** How often a step had to be sent again by hand. */
  readonly asked: number;
  /** Steps that ended in doubt although Azure had taken them. */
  readonly needless: readonly string[];
}

export const withAPerson = async (
  live: (resend: readonly string[]) => Promise<Life>,
  isTaken: (step: string) => boolean,
): Promise<Helped> => {
  let life = await live([]);
  let asked = 0;
  const needless: string[] = [];
  // Each step may be lost again; nobody tries for ever.
  for (let again = 0; again < 8; again += 1) {
    const doubtful = life.outcomes.filter(({ resend }) => resend !== undefined).map(({ id }) => id);
    if (doubtful.length === 0) break;
    needless.push(...doubtful.filter(isTaken).map((id) => `${id} ended in doubt, and Azure had taken it`));
    asked += doubtful.length;
    life = await live(doubtful);
  }
  return { life, asked, needless };
};
