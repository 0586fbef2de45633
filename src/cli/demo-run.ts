/** The whole job on the embedded simulator: inventory, audit, plan, apply, audit again, and what changed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planText } from '../core/plan-file.ts';
import type { StepOutcome } from '../core/plan.ts';
import { inventoryOf } from '../report/model.ts';
import { storyText } from '../report/story.ts';
import { applyFile, type ApplyFlags } from './apply-run.ts';
import { readAndAudit } from './audit-run.ts';
import type { Context } from './context.ts';
import { exits, type ExitCode } from './exit.ts';
import { writeFileAtomically } from './files.ts';
import { putReport } from './output.ts';
import { makePlan, type PlanFlags } from './plan-run.ts';
import { startSimulator } from './simulator-run.ts';

export interface DemoSetup {
  readonly seed: number;
  readonly speed: number;
  readonly fleet: string | undefined;
  readonly debug: boolean;
}

export const runDemo = async (setup: DemoSetup, context: Context): Promise<ExitCode> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  try {
    const cloud = join(folder, 'cloud.json');
    const simulator = await startSimulator(
      {
        seed: setup.seed,
        speed: setup.speed,
        latencyMs: 0,
        port: 0,
        cloudFile: cloud,
        ...(setup.fleet === undefined ? {} : { fleet: setup.fleet }),
      },
      context,
    );
    try {
      context.out(
        `A simulated Azure with ${simulator.machines} machines in ${simulator.subscriptions} subscriptions runs at ${simulator.url},\n` +
          `its clock ${setup.speed} times as fast as life. No Azure account is used, nothing leaves this machine.\n`,
      );
      return await tour({ folder, cloud, debug: setup.debug, machines: simulator.machines }, context);
    } finally {
      await simulator.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

interface Stage {
  readonly folder: string;
  readonly cloud: string;
  readonly debug: boolean;
  /** How many there are, whoever may see them. */
  readonly machines: number;
}

/** What only the owner of a fleet can decide: Azure's own pairs, for the regions of the demo fleet. */
export const demoRegions = `extends: default
plan:
  siteRecovery:
    network: make
    targetRegions:
      westeurope: { value: northeurope, source: https://learn.microsoft.com/azure/reliability/regions-paired }
      northeurope: { value: westeurope, source: https://learn.microsoft.com/azure/reliability/regions-paired }
      eastus: { value: westus, source: https://learn.microsoft.com/azure/reliability/regions-paired }
`;

const tour = async ({ folder, cloud, debug, machines }: Stage, context: Context): Promise<ExitCode> => {
  const chapter = (title: string, command: string): void =>
    context.out(`\n${'─'.repeat(8)} ${title}  (holdfast ${command})\n\n`);
  const config = join(folder, 'regions.yaml');
  await writeFileAtomically(config, demoRegions);
  const flags: PlanFlags = {
    subscription: [],
    'management-group': undefined,
    'resource-group': [],
    tag: [],
    'exclude-tag': [],
    cloud,
    offline: undefined,
    source: 'auto',
    deep: true,
    concurrency: 8,
    'as-of': undefined,
    debug,
    config,
    'first-backup': 'now',
    'max-changes': undefined,
    'max-deletes': undefined,
  };
  const shown = { output: 'table', 'output-file': undefined };
  // The chapters' own remarks (which subscriptions were read) would be told three times.
  const quiet: Context = { ...context, err: debug ? context.err : () => undefined };

  chapter('1. What is there', 'inventory');
  const first = await readAndAudit(flags, context);
  await putReport(inventoryOf(first.estate), shown, context, true);
  const hidden = machines - first.estate.machines.items.length;
  if (hidden > 0)
    context.out(
      `(${hidden} of the ${machines} machines stand${hidden === 1 ? 's' : ''} where this login may not look, on purpose: see what is said of it.)\n`,
    );

  chapter('2. What protects it, and what should', 'audit --deep');
  await putReport(first.audit, shown, context, true);

  chapter('3. What would close the gap', 'plan --config regions.yaml --first-backup now --output-file gap.json');
  context.out(
    '(regions.yaml says which region each is replicated to: northeurope for westeurope, and so on. Nobody but you can choose it.)\n\n',
  );
  const { plan } = await makePlan(flags, quiet);
  const path = join(folder, 'gap.json');
  await writeFileAtomically(path, planText(plan));
  await putReport(plan, shown, context, true);

  chapter('4. Carrying it out', 'apply gap.json --yes');
  const applied: ApplyFlags = {
    ...shown,
    brief: true,
    history: 'none',
    yes: true,
    allow: [],
    'max-changes': undefined,
    'max-deletes': undefined,
    cloud,
    concurrency: 8,
    debug,
  };
  const { code, steps } = await applyFile(path, applied, context);

  chapter('5. Auditing again', 'audit --deep');
  const second = await readAndAudit(flags, quiet);
  const outcomes: readonly StepOutcome[] = steps;
  context.out(
    storyText(
      { before: first.audit, plan, outcomes, after: second.audit },
      { width: context.terminal.width, colour: context.terminal.colour },
    ),
  );
  context.out(
    'Try it yourself: `npx holdfast simulate --speed 60`, then in another terminal `npx holdfast audit --cloud cloud.json`,\n' +
      '`npx holdfast explain shop-db-01 --cloud cloud.json`, and so on. README.md tells how to go on to a real subscription.\n',
  );
  // What stays unknown (a subscription the login may not read) belongs to the demo; only failure fails it.
  return code === exits.incomplete ? exits.fine : code;
};
