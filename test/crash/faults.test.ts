/**
 * Every fault at every kind of request of plans that hold every kind of write, and several at once: each has the outcome that
 * docs/faults.md says, no write is taken twice, and nothing is hidden.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { Plan, StepOutcome } from '../../src/core/plan.ts';
import { FAULTS, type FaultRule } from '../../src/simulator/faults.ts';
import type { Stored } from '../../src/simulator/service.ts';
import { runBackup } from '../../src/simulator/services/backup-runs.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { ending, others, passing, type Ending, type EndingFault, type ListedFault } from './fault-list.ts';
import { exchangeShare } from './exchange-share.ts';
import { helpedIn, judged, liveIn, undisturbed, unfinished, worldOf, type Undisturbed, type World } from './lives.ts';
import { isWrite, pathOf, wrongs, writesOf } from './log-checker.ts';
import type { Life } from './process.ts';
import { scenarios } from './scenarios.ts';
import { randomOf, shareOf, whole } from './share.ts';

/** A kind of request that a plan makes: one rule strikes all that are spelled so, ids of operations and jobs left out. */
interface Place {
  readonly method: NonNullable<FaultRule['method']>;
  readonly path: string;
  readonly write: boolean;
  readonly operation: boolean;
  readonly copy: boolean;
}

const placesOf = ({ world, plan }: Undisturbed): readonly Place[] => {
  const planned = new Set(plan.steps.flatMap((step) => writesOf(step, world.simulator.log())));
  const places = world.simulator.log().map((line): Place => {
    const path = pathOf(line)
      .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\/?[^/]*$)/g, '[^/]+');
    return {
      method: line.method as Place['method'],
      path: `^${path}$`,
      write: planned.has(line),
      operation: line.operationId !== null && isWrite(line),
      copy: /"(?:createOption":"CopyStart|sourceRestorePoint)"/.test(JSON.stringify(line.request)),
    };
  });
  return [...new Map(places.map((place) => [`${place.method} ${place.path}`, place])).values()];
};

const ruleFor = ({ fault }: Pick<ListedFault, 'fault'>, { method, path }: Place): FaultRule => ({
  fault,
  method,
  path,
  delayMs: 1,
});

const struckBy = (world: World): number => world.simulator.log().filter(({ fault }) => fault !== undefined).length;

const exchanges = exchangeShare('apply under faults');
const counts = new Map<string, number>();
const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
afterAll(() => {
  console.log(
    `faults by outcome${whole ? '' : ' (a share)'}:\n${[...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, times]) => `  ${name}: ${times}`)
      .join('\n')}`,
  );
});

/** What was told of the steps must be so, whatever it was: nothing is hidden. */
const hidden = (world: World, outcomes: readonly StepOutcome[], calm: Undisturbed): readonly string[] => {
  exchanges.take(world.simulator);
  return whatIsHidden(world, outcomes, calm);
};

const whatIsHidden = (world: World, outcomes: readonly StepOutcome[], calm: Undisturbed): readonly string[] => [
  ...world.violations,
  ...wrongs(world),
  ...(unfinished(outcomes).length === 0 ? judged(world, calm.outcome) : []),
  ...outcomes
    .filter(({ outcome, detail }) => !/done/.test(outcome) && (detail ?? '') === '')
    .map(({ id, outcome }) => `${id} ended ${outcome} without a word`),
  ...calm.plan.steps
    .filter(({ runs, undoes }) => runs === 'always' && undoes !== undefined)
    .flatMap((step) => {
      const wrote = writesOf(
        calm.plan.steps.find(({ id }) => id === step.undoes)!,
        world.simulator.log(),
      ).some(({ accepted }) => accepted);
      const own = outcomes.find(({ id }) => id === step.id)!;
      return wrote && own.outcome === 'skipped' ? [`${step.id} was skipped, though what it takes back was done`] : [];
    }),
];

/** What a person was asked for may come too late for what a plan takes back whatever happened; that is said. */
const unfinishedBy = ({ outcomes }: Life, asked: number): readonly string[] =>
  asked > 0 && outcomes.some(({ detail }) => /has been begun since/.test(detail ?? '')) ? [] : unfinished(outcomes);

const calmly = new Map<string, Promise<Undisturbed>>();
const calmOf = (name: string): Promise<Undisturbed> => {
  const found =
    calmly.get(name) ??
    undisturbed(
      scenarios.find((scenario) => scenario.name === name)!,
      0,
    );
  calmly.set(name, found);
  return found;
};

const under = async (calm: Undisturbed, faults: readonly FaultRule[], dieAt?: number) => {
  const world = worldOf(calm.scenario, calm.seed, calm.plan, { faults });
  return { world, life: await liveIn(world, dieAt) };
};

const names = scenarios.filter(({ seeds }) => seeds === undefined).map(({ name }) => name);

describe.each(names)('%s', (name) => {
  it('is carried out in spite of every fault that passes, at every kind of request', async () => {
    const calm = await calmOf(name);
    const tries = placesOf(calm).flatMap((place) => passing.map((fault) => [fault, place] as const));
    const bad: string[] = [];
    for (const [fault, place] of shareOf(tries, 60, `passing ${name}`)) {
      const world = worldOf(calm.scenario, calm.seed, calm.plan, { faults: [ruleFor(fault, place)] });
      const { life, asked, needless } = await helpedIn(world);
      expect(struckBy(world)).toBe(1);
      const wrong = [...unfinishedBy(life, asked), ...needless, ...hidden(world, life.outcomes, calm)];
      bad.push(...wrong.map((text) => `${fault.fault} at ${place.method} ${place.path}: ${text}`));
      const came = asked === 0 ? fault.came : 'in doubt, and sent again by a person';
      count(`${fault.fault}: ${wrong.length === 0 ? came : 'WRONG'}`);
    }
    expect(bad.slice(0, 12)).toEqual([]);
  }, 1_800_000);

  it('ends as documented under every fault that does not pass', async () => {
    const calm = await calmOf(name);
    const places = placesOf(calm);
    const tries = ending.flatMap((fault) =>
      places
        .filter((place) => (fault.on === undefined ? true : place[fault.on]))
        .map((place) => [fault, place] as const),
    );
    const bad: string[] = [];
    for (const [fault, place] of shareOf(tries, 20, `ending ${name}`)) {
      const { world, life } = await under(calm, [ruleFor(fault, place)]);
      expect(struckBy(world)).toBe(1);
      const struck = struckIn(world, life.outcomes, fault, calm);
      const wrong = [...hidden(world, life.outcomes, calm), ...misended(struck, life.outcomes, fault, world, calm)];
      bad.push(...wrong.map((text) => `${fault.fault} at ${place.method} ${place.path}: ${text}`));
      count(`${fault.fault}: ${wrong.length > 0 ? 'WRONG' : struck[0]!.outcome}`);
    }
    expect(bad.slice(0, 12)).toEqual([]);
  }, 1_800_000);

  it('is carried out, or says what is not, under several faults and deaths at once', async () => {
    const calm = await calmOf(name);
    const places = placesOf(calm);
    const bad: string[] = [];
    for (const trial of shareOf(
      Array.from({ length: 60 }, (_, i) => i),
      60,
      `several ${name}`,
    )) {
      const random = randomOf(`${name} ${trial}`);
      const faults = Array.from({ length: 2 + random(3) }, () => {
        const listed = passing[random(passing.length)]!;
        // A new token that is turned away too is not one whose time is over.
        return {
          ...ruleFor(listed, places[random(places.length)]!),
          times: listed.fault === 'token-expired' ? 1 : 1 + random(2),
        };
      });
      const { world } = await under(calm, faults, random(calm.life.points.length));
      await liveIn(world, random(120));
      const { life, asked } = await helpedIn(world);
      const wrong = [...unfinishedBy(life, asked), ...hidden(world, life.outcomes, calm)];
      bad.push(...wrong.map((text) => `${JSON.stringify(faults)}: ${text}`));
      count(`several at once: ${wrong.length === 0 ? 'done' : 'WRONG'}`);
    }
    expect(bad.slice(0, 12)).toEqual([]);
  }, 1_800_000);
});

/** The step whose write it struck; of a read, those that say what it met: several may go by one list. */
const struckIn = (
  world: World,
  outcomes: readonly StepOutcome[],
  { endings }: EndingFault,
  { plan }: Undisturbed,
): readonly StepOutcome[] => {
  const lines = world.simulator.log().filter(({ fault }) => fault !== undefined);
  const written = new Set(plan.steps.filter((step) => writesOf(step, lines).length > 0).map(({ id }) => id));
  return written.size > 0
    ? outcomes.filter(({ id }) => written.has(id))
    : outcomes.filter(({ detail }) => endings.some(({ says }) => says?.test(detail ?? '')));
};

/** What of the ends is not documented: of the struck by the fault's own row, of the others that it came over them at all. */
const misended = (
  struck: readonly StepOutcome[],
  outcomes: readonly StepOutcome[],
  { endings }: EndingFault,
  world: World,
  { plan, scenario }: Undisturbed,
): readonly string[] => {
  const line = world.simulator.log().find(({ fault }) => fault !== undefined)!;
  const at = { method: line.method, path: pathOf(line), scenario: scenario.name };
  const [main, ...exceptions] = endings;
  const wanted = exceptions.find((exception) => exception.at!(at)) ?? main!;
  return [
    ...(struck.length === 0 ? ['no step says that it met it'] : []),
    ...outcomes
      .filter((one) => (struck.includes(one) ? !isEnding(one, wanted) : !isFollowing(one, plan)))
      .map(({ id, outcome, detail }) => `${id} ended ${outcome} and says: ${detail}`),
  ];
};

const isEnding = ({ outcome, detail, unread }: StepOutcome, wanted: Ending): boolean =>
  outcome === wanted.outcome && unread === wanted.unread && (wanted.says?.test(detail ?? '') ?? true);

/**
 * Beside the one that is struck the others are done or wait. What takes back a step may find nothing to take back, or what keeps
 * Azure from it: the thing that uses it was not deleted.
 */
const isFollowing = ({ id, outcome, detail = '' }: StepOutcome, { steps }: Plan): boolean => {
  if (/done|skipped/.test(outcome)) return true;
  if (steps.find((step) => step.id === id)!.runs !== 'always') return false;
  return outcome === 'moved'
    ? /^\S+ wrote nothing, so there is nothing to take back; nothing was written$/.test(detail)
    : outcome === 'failed' &&
        /^Azure refused: (?:InUseSubnetCannotBeDeleted|NicInUse|OperationNotAllowed: .* is attached to VM)/.test(
          detail,
        );
};

/** What somebody else does between plan and apply, or how slowly Azure shows what was written. */
const meddled: Readonly<
  Record<string, { readonly name: string; readonly with: (world: World) => void; readonly expected: RegExp }>
> = {
  'a machine that was made again': {
    name: 'a machine stopped for its snapshots',
    with: ({ simulator }) =>
      onMachines(simulator, (machine) => (machine.body['properties'].vmId = 'ffffffff-0000-4000-8000-000000000001')),
    expected: /^deallocate-cold0: moved cold0 was made again/,
  },
  'a machine that somebody stopped': {
    name: 'a machine stopped for its snapshots',
    with: ({ simulator }) => onMachines(simulator, (machine) => (machine.hidden['power'] = 'stopped')),
    expected: /^deallocate-cold0: moved cold0 is stopped/,
  },
  'a snapshot that somebody else took': {
    name: 'a snapshot, and its copy in another region',
    with: ({ simulator, plan }) => {
      const step = plan.steps.find((one) => one.kind === 'snapshot.create')!;
      simulator.world.store.put({
        id: `${step.resourceId}-by-hand`,
        type: 'Microsoft.Compute/snapshots',
        hidden: {},
        body: {
          name: 'by-hand',
          location: step.input.location,
          properties: {
            provisioningState: 'Succeeded',
            incremental: true,
            timeCreated: '2026-11-02T08:00:01Z',
            creationData: { createOption: 'Copy', sourceResourceId: step.input.sourceDiskId },
          },
        },
      });
    },
    expected: /^snapshot-dev0\S+: moved snapshot \S+by-hand of disk/,
  },
  'a backup that somebody deleted softly': {
    name: 'a backup now',
    with: ({ simulator }) => {
      for (const { id } of simulator.state().resources.filter(({ type }) => /protectedItems$/i.test(type))) {
        simulator.world.store.update(id, ({ body }) =>
          Object.assign(body['properties'], {
            isScheduledForDeferredDelete: true,
            protectionState: 'ProtectionStopped',
          }),
        );
      }
    },
    expected: /^backup-now-kept0: moved .*soft-deleted/,
  },
};

const onMachines = (simulator: Simulator, edit: (machine: Stored) => void): void => {
  for (const { id } of simulator.state().resources.filter(({ type }) => /\/virtualMachines$/i.test(type)))
    simulator.world.store.update(id, edit);
};

describe('changed by somebody else between plan and apply', () => {
  it.each(Object.entries(meddled))(
    '%s: said as moved, and nothing is written on the strength of what was',
    async (_case, { name, with: meddle, expected }) => {
      const calm = await calmOf(name);
      const world = worldOf(calm.scenario, calm.seed, calm.plan);
      meddle(world);
      world.simulator.clock.advance(120_000);
      const { outcomes } = await liveIn(world);
      expect(outcomes.map(({ id, outcome, detail }) => `${id}: ${outcome} ${detail}`).join('\n')).toMatch(
        new RegExp(expected, 'm'),
      );
      // A group to put things into is no harm.
      expect(outcomes.filter(({ id, outcome }) => outcome === 'done' && !id.startsWith('group-'))).toEqual([]);
      expect(
        world.simulator
          .log()
          .filter((line) => line.accepted && isWrite(line) && !/resourcegroups\/[^/]+$/.test(pathOf(line))),
      ).toEqual([]);
      count('changed by somebody else: moved');
    },
  );
});

describe('a backup already under way', () => {
  it.each([0, 300_000])('that shows after %i ms is waited for, and no second point is made', async (listLagMs) => {
    const calm = await calmOf('a backup now');
    const world = worldOf(calm.scenario, calm.seed, calm.plan, { listLagMs });
    const { simulator } = world;
    for (const { id } of simulator.state().resources.filter(({ type }) => /protectedItems$/i.test(type)))
      runBackup(simulator.world, id, { expiresAt: undefined, toVault: true });
    const before = simulator.clock.now();
    const { outcomes } = await liveIn(world);
    expect(outcomes.map(({ id, outcome }) => `${id}: ${outcome}`)).toEqual(['backup-now-kept0: already-done']);
    expect(simulator.clock.now() - before).toBeGreaterThan(1_800_000);
    const asked = simulator.log().filter((line) => line.accepted && pathOf(line).endsWith('/backup'));
    // What does not show yet cannot keep it from asking, and Azure then begins none beside the one it has.
    expect(asked).toHaveLength(listLagMs === 0 ? 0 : 1);
    const points = simulator.state().resources.filter(({ type }) => /recoveryPoints$/i.test(type));
    expect(
      points.filter(({ body }) => Date.parse(String(body['properties'].recoveryPointTime)) >= before),
    ).toHaveLength(1);
    count('a backup already under way: waited for');
  });
});

describe('found by this suite', () => {
  it('a throttle on what several reads of one step have in common delays the step, and does not hold it for ever', async () => {
    const calm = await calmOf('a machine stopped for its snapshots');
    const { world, life } = await under(calm, [
      { fault: 'throttled-by-compute', method: 'GET', path: 'disks/cold0-data-01$' },
    ]);
    expect([struckBy(world), ...unfinished(life.outcomes), ...hidden(world, life.outcomes, calm)]).toEqual([1]);
  });
});

describe('where nothing shows of it for days', () => {
  const lagging = async (path: RegExp | undefined, fault: ListedFault['fault']) => {
    const calm = await calmOf('a backup now');
    const place = placesOf(calm).find((one) => (path === undefined ? one.operation : path.test(one.path)))!;
    const world = worldOf(calm.scenario, calm.seed, calm.plan, {
      listLagMs: 10 * 86_400_000,
      faults: [{ ...ruleFor({ fault }, place), times: 1_000 }],
    });
    const { outcomes } = await liveIn(world);
    expect(struckBy(world)).toBeGreaterThan(0);
    expect(hidden(world, outcomes, calm)).toEqual([]);
    return outcomes[0]!;
  };

  it('a write whose operation vanished ends in doubt', async () => {
    expect(await lagging(undefined, 'operation-vanishes')).toMatchObject({
      outcome: 'in-doubt',
      detail: expect.stringMatching(/no trace|cannot be asked about/) as string,
    });
  });

  it('so does one whose operation may not be read, and names that right', async () => {
    expect(await lagging(/operationsstatus|operationresults/, 'forbidden')).toMatchObject({
      outcome: 'in-doubt',
      detail: expect.stringMatching(/authorization to perform action '[^']+' over scope/) as string,
    });
  });
});

describe('a throttle that does not say for how long', () => {
  it('keeps the lane shut for the 15 s that the table tells, and not for long after', async () => {
    const calm = await calmOf('a machine stopped for its snapshots');
    const place = placesOf(calm).find(({ write }) => write)!;
    const { world, life } = await under(calm, [ruleFor({ fault: 'throttled-without-header' }, place)]);
    expect(unfinished(life.outcomes)).toEqual([]);
    const sent = world.simulator
      .log()
      .filter((line) => line.method === place.method && new RegExp(place.path, 'i').test(pathOf(line)))
      .map(({ at }) => Date.parse(at));
    expect(sent).toHaveLength(2);
    expect(sent[1]! - sent[0]!).toBeGreaterThanOrEqual(15_000);
    // The spread by which those who wait do not all come at once (`jitterMs`).
    expect(sent[1]! - sent[0]!).toBeLessThanOrEqual(15_000 + 15_000 / 10 + 250 + 1_000);
    expect(readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8')).toContain(
      '| 429 without `Retry-After` | waited for | The seconds in the message, else 15 s. |',
    );
  });
});

describe('lists that lag', () => {
  it.each([0, 300_000])(
    'by %i ms: answers lost after the write was taken are found, and nothing is taken twice',
    async (listLagMs) => {
      for (const name of shareOf(names, 3, `lag ${listLagMs}`)) {
        const calm = await calmOf(name);
        for (const place of placesOf(calm).filter(({ write }) => write)) {
          const world = worldOf(calm.scenario, calm.seed, calm.plan, {
            listLagMs,
            faults: [ruleFor({ fault: 'reset-after' }, place)],
          });
          const { outcomes } = await liveIn(world);
          expect(
            [...unfinished(outcomes), ...hidden(world, outcomes, calm)].map(
              (wrong) => `${name}, ${place.path}: ${wrong}`,
            ),
          ).toEqual([]);
          count('lists that lag, an answer lost: asked about');
        }
      }
    },
    600_000,
  );
});

it(
  'what was sent and answered beside the faults is as Azure documents it, in a seeded share',
  (context) => exchanges.judge(context),
  60_000,
);

describe('docs/faults.md', () => {
  const file = new URL('../../docs/faults.md', import.meta.url);
  const rows = [...passing, ...ending, ...others].map(({ shown, came, told }) => `| ${shown} | ${came} | ${told} |`);
  const table = ['| what happens | what comes of it | how |', '| --- | --- | --- |', ...rows].join('\n');

  it('lists each fault with the outcome that this suite holds it to', () => {
    const text = readFileSync(file, 'utf8');
    const [before, after] = [text.slice(0, text.indexOf('| what happens')), text.slice(text.lastIndexOf('|\n') + 2)];
    const wanted = `${before}${table}\n${after}`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, wanted);
    expect(text).toBe(wanted);
  });

  it('says of every fault that does not pass how its step ends, exceptions included', () => {
    const outcomes = { failed: 'failed', 'in doubt': 'in-doubt', 'followed by its goal': 'done' } as const;
    for (const { fault, came, told, endings } of ending) {
      const [main, ...exceptions] = endings;
      expect([fault, outcomes[came as keyof typeof outcomes], main!.at]).toEqual([fault, main!.outcome, undefined]);
      for (const { words } of exceptions) expect(told).toContain(words);
    }
  });

  it('has a case for each thing that it says others may do', () => {
    expect(others.map(({ case: held }) => held).toSorted()).toEqual(
      [...Object.keys(meddled), 'a backup already under way', 'lists that lag'].toSorted(),
    );
  });

  it('leaves out no fault that the simulator knows', () => {
    expect(FAULTS.filter((fault) => ![...passing, ...ending].some((listed) => listed.fault === fault))).toEqual([]);
  });
});
