/** The machines that a command line names: each exactly one, or a usage error that says what there is. */
import type { Estate, Machine } from '../core/estate.ts';
import { listed } from '../core/duration.ts';
import { machinesNamed } from '../core/explain.ts';
import { UsageError, type Problem } from '../core/problem.ts';

export const theMachine = (estate: Estate, name: string): Machine => {
  const found = lookUp(estate, name);
  if ('problem' in found) throw new UsageError([found.problem, ...hiding(estate)]);
  return found.machine;
};

/** In the order of the names, each machine once; every name that is no one machine's is told. */
export const machinesCalled = (estate: Estate, names: readonly string[]): readonly Machine[] => {
  const looked = names.map((name) => lookUp(estate, name));
  const problems = looked.flatMap((found) => ('problem' in found ? [found.problem] : []));
  if (problems.length > 0) throw new UsageError([...problems, ...hiding(estate)]);
  return [...new Set(looked.flatMap((found) => ('machine' in found ? [found.machine] : [])))];
};

/** Where machines may be that could not be read. */
const hiding = ({ machines: { gaps } }: Estate): readonly Problem[] =>
  gaps.map(({ scope, detail }) => ({
    code: 'machines-unread',
    severity: 'medium',
    subject: scope,
    summary: `machines could not be read at ${scope}`,
    detail,
  }));

const lookUp = (estate: Estate, name: string): { readonly machine: Machine } | { readonly problem: Problem } => {
  const found = machinesNamed(estate, name);
  if (found.length === 1 && found[0]) return { machine: found[0] };
  const none = found.length === 0;
  return {
    problem: {
      code: none ? 'no-such-machine' : 'ambiguous-machine',
      severity: 'high',
      subject: name,
      summary: none
        ? `no machine called ${name} among the ${estate.machines.items.length} read`
        : `${found.length} machines are called ${name}`,
      ...(none ? {} : { detail: found.map(({ id }) => id).join('\n  ') }),
      remedy: none ? noneRemedy(estate, name) : 'name one by its resource id',
    },
  };
};

const mostOffered = 5;

/** A name half typed is answered with the machines that it could have become. */
const noneRemedy = ({ machines }: Estate, name: string): string => {
  const typed = name.toLowerCase();
  const near = machines.items
    .map((machine) => machine.name)
    .filter((one) => typed.length > 1 && one.toLowerCase().includes(typed));
  const widen = 'widen the scope, or see `holdfast inventory`';
  if (near.length === 0) return widen;
  const shown = near.length > mostOffered ? [...near.slice(0, mostOffered), `${near.length - mostOffered} more`] : near;
  return `did you mean ${listed(shown, 'or')}? Else ${widen}`;
};
