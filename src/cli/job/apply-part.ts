/** Carries out one part of a job's run: no questions and no audit, for the run itself reads again what became of it. */
import { makeAzurePort } from '../../azure/azure-port.ts';
import type { StepOutcome } from '../../core/plan.ts';
import type { Problem } from '../../core/problem.ts';
import { apply } from '../../engine/apply.ts';
import type { Connection } from '../connection.ts';
import type { Context } from '../context.ts';
import { leaseTerms, makeLeaseNews } from '../lease-terms.ts';
import { startProgress } from '../progress.ts';
import type { Part, RunStore } from './run-store.ts';

export interface PartTerms {
  readonly connection: Connection;
  readonly context: Context;
  readonly store: RunStore;
  readonly lease: string;
  readonly concurrency: number;
  readonly output: string;
  /** How long one step is followed, ms. */
  readonly followMs: number;
}

export interface PartEnd {
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
  readonly problems: readonly Problem[];
}

export const applyPart = async (
  part: Part,
  terms: PartTerms,
  begin: 'all' | 'nothing-new' = 'all',
): Promise<PartEnd> => {
  const { plan } = part;
  const { connection, context, store } = terms;
  const journal = await store.journal(part);
  const news = makeLeaseNews();
  const output = terms.output === 'ndjson' ? 'table' : terms.output;
  const progress = await startProgress(plan, context, output, 'trouble');
  try {
    const outcomes = await apply(
      plan,
      {
        azure: makeAzurePort(connection.transport),
        clock: connection.clock,
        journal,
        emit: (event) => {
          news.hear(event);
          connection.throttle.hear(event);
          progress.emit(event);
        },
        signal: context.signal,
        concurrency: terms.concurrency,
        ...leaseTerms(terms.lease, plan),
      },
      { begin, patience: { goalMs: terms.followMs } },
    );
    return {
      outcomes: new Map(outcomes.map((outcome) => [outcome.id, outcome])),
      problems: news.problems(),
    };
  } finally {
    await progress.end();
    await journal.close();
  }
};

/** Nothing more can be done for it by applying it again: nothing is under way, and what was to be taken back is. */
export const isFinished = ({ plan }: Part, { outcomes }: PartEnd): boolean =>
  plan.steps.every(({ id, undoes }) => {
    const outcome = outcomes.get(id)?.outcome;
    if (outcome === undefined || outcome === 'interrupted') return false;
    return undoes === undefined || outcome === 'done' || outcome === 'already-done' || outcome === 'moved';
  });
