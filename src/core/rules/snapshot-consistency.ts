import { failsIf, holds, judge } from '../check.ts';
import type { Consistency } from '../estate.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

const better: ReadonlySet<Consistency> = new Set<Consistency>(['application', 'file-system']);

export const snapshotConsistency: Rule = {
  id: 'snapshot-consistency',
  option: 'disk-snapshot',
  title: 'crash consistency is enough for it',
  why: 'A snapshot of a running machine is crash-consistent at best, as if the power had failed.',
  fact: 'S-15',
  source: sources.SNAP,
  effect: 'unsuitable',
  needs: ['os', 'power'],
  check: (machine, context) =>
    judge('power', machine.power, (power) => {
      if (power === 'deallocated' || power === 'stopped') return holds;
      return judge('os', machine.os, (os) => {
        const wanted = context.objective.consistency[os];
        return failsIf(
          better.has(wanted),
          `It is ${power}, so a snapshot is crash-consistent at best, and its class asks for ${wanted} ` +
            'consistency.',
        );
      });
    }),
  examples: { holds: { objective: { consistency: 'crash' } }, fails: { objective: { consistency: 'application' } } },
};
