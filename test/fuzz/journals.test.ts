/**
 * Journals spoiled between two runs of one plan: a process died at some point, its journal was damaged, and the plan is applied
 * again. Judged by what the fake Azure truly took.
 */
import * as fc from 'fast-check';
import { beforeAll, describe, expect } from 'vitest';
import type { StepOutcome } from '../../src/core/plan.ts';
import { UsageError } from '../../src/core/problem.ts';
import { apply } from '../../src/engine/apply.ts';
import { replay } from '../../src/engine/journal.ts';
import type { JournalStore } from '../../src/engine/ports.ts';
import { live } from '../crash/process.ts';
import { fakeAzure, type FakeOptions, type Taken } from '../engine/fake-azure.ts';
import { backupStep, planOf, snapshotStep } from '../engine/plan-builder.ts';
import { virtualClock } from '../engine/virtual-clock.ts';
import { fuzz, type Fate } from './campaign.ts';
import { damaged } from './mutate.ts';
import { expectPlaces } from './places.ts';

const start = Date.UTC(2026, 5, 3, 1);
const minute = 60_000;

const plan = planOf([
  snapshotStep('s1'),
  backupStep('s2', { dependsOn: ['s1'] }),
  snapshotStep('s3', { dependsOn: ['s2'] }),
  backupStep('s4'),
  backupStep('s5'),
]);
const world: Omit<FakeOptions, 'now'> = {
  operationMs: (step) => (step === 's2' ? 41 * minute : 15_000),
  lagMs: (step) => (step === 's4' ? 4 * minute : 1_000),
};

/** What a process that died at some point left behind. */
interface Left {
  readonly text: string;
  readonly taken: readonly Taken[];
  readonly now: number;
}

const leftAt = async (point: number): Promise<Left | undefined> => {
  const lines: string[] = [];
  const taken: Taken[] = [];
  const life = await live({
    plan,
    lines,
    startAt: start,
    dieAt: point,
    azure: (clock, reaper) =>
      fakeAzure(
        { ...world, now: () => clock.now(), onRequest: (r, when) => reaper.pass(`${when} ${r.kind} ${r.step}`) },
        taken,
      ),
  });
  if (life.kind === 'ended') return undefined;
  return { text: lines.map((line) => (line.endsWith('}') ? `${line}\n` : line)).join(''), taken, now: life.endedAt };
};

const everyLeft = async (): Promise<readonly Left[]> => {
  const all: Left[] = [];
  for (let point = 0; ; point += 1) {
    const left = await leftAt(point);
    if (left === undefined) return all;
    if (left.text !== '') all.push(left);
  }
};

/** As the journal's file: lines are what stands between newlines. */
const journalOf = (text: string): JournalStore & { text: string } => ({
  name: 'plan.json.journal.ndjson',
  text,
  read() {
    return Promise.resolve(this.text.split('\n'));
  },
  append(line) {
    this.text += `${this.text === '' || this.text.endsWith('\n') ? '' : '\n'}${line}\n`;
    return Promise.resolve();
  },
  keep(lines) {
    this.text = this.text
      .split('\n')
      .slice(0, lines)
      .map((line) => `${line}\n`)
      .join('');
    return Promise.resolve();
  },
});

/** Applies the plan again over the damaged journal and says whether it was refused. */
const resume = async (left: Left, text: string, downMs: number): Promise<Fate> => {
  const taken = [...left.taken];
  const tooLong = new AbortController();
  const clock = virtualClock(left.now + downMs, (now) => {
    if (now > left.now + 3 * 24 * 60 * minute) tooLong.abort(new Error('three days have passed'));
  });
  const azure = fakeAzure({ ...world, now: () => clock.now() }, taken);
  const journal = journalOf(text);
  let outcomes: readonly StepOutcome[];
  try {
    outcomes = await apply(plan, { azure, clock, journal, emit: () => {}, signal: tooLong.signal, concurrency: 4 });
    expect(tooLong.signal.aborted, 'apply waits for ever').toBe(false);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expectPlaces(error.problems, text, 'plan.json.journal.ndjson');
    expect(taken, 'writes of a run that refused its journal').toEqual(left.taken);
    expect(journal.text, 'a refused journal stays as it is').toBe(text);
    return 'refused';
  }
  for (const { id, method } of plan.steps) {
    if (method === 'POST') expect(taken.filter(({ step }) => step === id).length, `${id} taken`).toBeLessThanOrEqual(1);
  }
  for (const { id, outcome } of outcomes)
    if (/done/.test(outcome)) expect(azure.holds(id), `${id} ${outcome}`).toBe(true);
  replay(journal.text.split('\n'), plan.digest);
  return 'accepted';
};

describe('a journal damaged between two runs', () => {
  let lefts: readonly Left[] = [];
  beforeAll(async () => {
    lefts = await everyLeft();
  });
  const place = fc.nat(0xffffff);
  const leftOf = (share: number): Left => lefts[Math.floor((share / 0x1000000) * lefts.length)]!;

  fuzz({
    name: 'journal, a bit flipped',
    inputs: fc.record({ left: place, at: place, bit: fc.nat(7), downMs: fc.constantFrom(1_000, 45_000, 20 * minute) }),
    judge: ({ left: which, at, bit, downMs }) => {
      const left = leftOf(which);
      const bytes = Buffer.from(left.text, 'utf8');
      const byte = Math.floor((at / 0x1000000) * bytes.length);
      bytes[byte] = bytes[byte]! ^ (1 << bit);
      return resume(left, bytes.toString('utf8'), downMs);
    },
    runs: 8_000,
    thin: 8,
  });

  // A cut that takes away lines the disk had acknowledged looks like a run that never wrote them. Each goal is still read
  // before its write; Azure shows what it took once its lag is over.
  fuzz({
    name: 'journal, cut short',
    inputs: fc.record({ left: place, at: place }),
    judge: ({ left: which, at }) => {
      const left = leftOf(which);
      const bytes = Buffer.from(left.text, 'utf8');
      const text = bytes.subarray(0, Math.floor((at / 0x1000000) * (bytes.length + 1))).toString('utf8');
      return resume(left, text, 10 * minute);
    },
    runs: 3_000,
    refusals: 'none',
  });

  fuzz({
    name: 'journal, any damage',
    inputs: fc.constantFrom(0.1, 0.4, 0.7, 0.99).chain((share) => damaged(sample(share))),
    judge: (text) => {
      try {
        replay(text.split('\n'), plan.digest, 'plan.json.journal.ndjson');
        return 'accepted';
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        expectPlaces(error.problems, text, 'plan.json.journal.ndjson');
        return 'refused';
      }
    },
    runs: 15_000,
  });
});

const accepted =
  '{"event":"accepted","step":"s1","at":"2026-06-03T01:00:01Z","operation":{"operationUrl":"https://azure.test/o/1?s=x","retryAfterMs":1000}}';
const sample = (share: number): string => {
  const lines = [
    `{"kind":"holdfast.journal","schemaVersion":1,"plan":"${plan.digest}","at":"2026-06-03T01:00:00Z"}`,
    '{"event":"intended","step":"s1","at":"2026-06-03T01:00:00Z"}',
    accepted,
    '{"event":"settled","step":"s1","at":"2026-06-03T01:00:20Z","outcome":"done","startedAt":"2026-06-03T01:00:00Z","outputs":{"id":"/x"}}',
    '{"event":"interrupted","step":"s2","at":"2026-06-03T01:00:20Z"}',
  ];
  return `${lines.slice(0, 1 + Math.floor(share * lines.length)).join('\n')}\n`;
};
