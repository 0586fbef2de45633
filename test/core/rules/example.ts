/** Turns a rule's inert example into a machine and context, and takes single facts away again. */
import { unknown } from '../../../src/core/fact.ts';
import type { AttachedDisk, Machine } from '../../../src/core/estate.ts';
import type { Example, ExampleDisk, FactName, RuleContext } from '../../../src/core/rule.ts';
import { aDataDisk, aMachine, anOsDisk } from '../estate-builder.ts';

export interface Case {
  readonly machine: Machine;
  readonly context: RuleContext;
}

const unread = unknown('no-permission', 'nobody may read it');

export const caseOf = (example: Example): Case => ({
  machine: aMachine({
    disks: [
      diskOf((over, disk) => anOsDisk(over, disk), example.osDisk ?? {}),
      ...(example.dataDisks ?? []).map((disk, lun) => diskOf((over, own) => aDataDisk(lun, over, own), disk)),
    ],
    ...example.machine,
  }),
  context: {
    striping: { state: example.striping ?? 'no-evidence', score: 0, evidence: [] },
    objective: objectiveOf(example.objective ?? {}),
    ...(example.application ? { application: example.application } : {}),
  },
});

const diskOf = (
  build: (over: Partial<AttachedDisk>, disk: NonNullable<ExampleDisk['disk']>) => AttachedDisk,
  { attached = {}, disk = {} }: ExampleDisk,
): AttachedDisk => {
  const built = build(attached, disk);
  if (built.kind === 'managed') return built;
  const { id: _id, key: _key, ...rest } = built;
  return { ...rest, disk: unknown('not-answered', `${built.name} is no managed disk`) };
};

const objectiveOf = ({
  requires,
  consistency = 'crash',
}: NonNullable<Example['objective']>): RuleContext['objective'] => ({
  requires: requires ? [{ anyOf: [requires], why: 'so the case says', source: 'https://example.test' }] : [],
  consistency: {
    windows: consistency,
    linux: consistency,
    linuxWithScripts: consistency,
    stopped: 'crash',
    source: 'https://example.test',
  },
});

const unreadDisk = (attached: AttachedDisk): AttachedDisk => {
  const { declaredSku: _sku, declaredSizeGiB: _size, ...rest } = attached;
  return { ...rest, disk: unread };
};

const withoutImage = (machine: Machine): Machine => {
  const { image: _image, ...rest } = machine;
  return rest;
};

/** Each fact a rule may need, taken away from a case. `disks`: all of them. */
export const blinders: Readonly<Record<FactName, (from: Case) => Case>> = {
  agent: ({ machine, context }) => ({ machine: { ...machine, agent: unread }, context }),
  architecture: ({ machine, context }) => ({ machine: { ...machine, architecture: unread }, context }),
  diskController: ({ machine, context }) => ({ machine: { ...machine, diskController: unread }, context }),
  disks: ({ machine, context }) => ({ machine: { ...machine, disks: machine.disks.map(unreadDisk) }, context }),
  extensions: ({ machine, context }) => ({ machine: { ...machine, extensions: unread }, context }),
  generalized: ({ machine, context }) => ({ machine: { ...machine, generalized: unread }, context }),
  image: ({ machine, context }) => ({ machine: withoutImage(machine), context }),
  os: ({ machine, context }) => ({ machine: { ...machine, os: unread }, context }),
  power: ({ machine, context }) => ({ machine: { ...machine, power: unread }, context }),
  scaleSetMode: ({ machine, context }) => ({
    machine: machine.scaleSetId ? { ...machine, scaleSetMode: unread } : machine,
    context,
  }),
  size: ({ machine, context }) => ({ machine: { ...machine, size: unread }, context }),
  striping: ({ machine, context }) => ({
    machine,
    context: { ...context, striping: { state: 'unknown', score: 0, evidence: [] } },
  }),
};

/** One disk alone taken away, for machines where another still decides. */
export const withoutDisk = ({ machine, context }: Case, index: number): Case => ({
  machine: { ...machine, disks: machine.disks.map((disk, i) => (i === index ? unreadDisk(disk) : disk)) },
  context,
});
