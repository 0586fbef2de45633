/** Prints a role: for a command by its name, for a plan or a job by its file. Asks Azure nothing. */
import { resolve } from 'node:path';
import { readActions } from '../azure/read-actions.ts';
import { parsePlanFile } from '../core/plan-file.ts';
import { roleForJob } from '../core/job/role.ts';
import { UsageError } from '../core/problem.ts';
import {
  roleFor,
  roleForPlan,
  roleNames,
  rolePurposes,
  rolesToCome,
  type CustomRole,
  type RoleName,
} from '../core/roles.ts';
import { roleText, type RoleFormat } from '../report/role.ts';
import type { Context } from './context.ts';
import { exits, type ExitCode } from './exit.ts';
import { readInput } from './files.ts';
import { readJobFile } from './job-source.ts';
import { checkOutput, putText } from './output.ts';

interface RolesFlags {
  readonly for: string | undefined;
  readonly format: string;
  readonly subscription: readonly string[];
  readonly 'output-file': string | undefined;
}

export const printRole = async (flags: RolesFlags, context: Context): Promise<ExitCode> => {
  for (const id of flags.subscription) refuseNoId(id);
  await checkOutput(flags, context);
  const { for: named, format, subscription } = flags;
  const text =
    named === undefined ? overview() : roleText(await wanted(named, subscription, context), format as RoleFormat);
  await putText(text, flags, context);
  return exits.fine;
};

const wanted = async (named: string, subscriptions: readonly string[], context: Context): Promise<CustomRole> => {
  const name = roleNames.find((one) => one === named);
  if (name !== undefined) return roleFor(name, readActions, subscriptions);
  if (rolesToCome.some((one) => one === named)) {
    throw usage(
      `there is no ${named} command yet, so no role can be told for it`,
      `roles there are: ${roleNames.join(', ')}`,
    );
  }
  if (!/[./\\]/.test(named)) {
    const remedy = `write one of ${roleNames.join(', ')}, or the path of a plan or a job file`;
    throw usage(`--for ${named} is neither a role nor a file`, remedy);
  }
  if (/\.ya?ml$/i.test(named)) return roleForJob(await readJobFile(named, context), readActions, subscriptions);
  const parsed = parsePlanFile(await readInput(resolve(context.cwd, named), 'plan'), named);
  if (parsed.kind === 'invalid') throw new UsageError(parsed.problems);
  return roleForPlan(parsed.plan, readActions, subscriptions);
};

const overview = (): string => {
  const longest = Math.max(...roleNames.map((name) => name.length));
  const line = (name: RoleName): string => {
    const count = String(roleFor(name, readActions).Actions.length).padStart(2);
    return `${name.padEnd(longest)}  ${count} actions  ${rolePurposes[name].description}`;
  };
  return `${roleNames.map(line).join('\n')}\n`;
};

const refuseNoId = (id: string): void => {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return;
  throw usage(`--subscription ${id} is not the id of a subscription`, 'see `az account list`');
};

const usage = (summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject: 'command line', summary, remedy }]);
