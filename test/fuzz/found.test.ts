/** What fuzzing found, by name. */
import { describe, expect, it } from 'vitest';
import { parseGuidance } from '../../src/core/guidance-file.ts';
import { parseFaults } from '../../src/simulator/faults.ts';
import { bench, start } from '../engine/bench.ts';
import { backupStep } from '../engine/plan-builder.ts';
import { shipped } from '../core/guidance-shipped.ts';
import { expectPlaces } from './places.ts';

describe('found by fuzzing', () => {
  it('a mistake after an alias used as a key is told on its own line, not beyond the end of an earlier one', () => {
    const text = '*aextends: default\nextends: default\n  extends: default\n';
    const { problems } = parseGuidance(text, 'mine.yaml', shipped);
    expectPlaces(problems, text, 'mine.yaml');
    const faults = parseFaults(text, 'faults.yaml');
    const places = 'problems' in faults ? faults.problems.map((problem) => /^faults\.yaml:(\d+):(\d+): /.exec(problem)?.slice(1, 3)) : [];
    expect(places).toContainEqual(['2', '10']);
  });

  it('a journal that speaks of the future is not waited for until then', async () => {
    const b = bench();
    await b.run([backupStep('a')]);
    b.azure.taken.length = 0;
    const later = (line: string): string => line.replaceAll('"2026-', '"6026-').replace(/,"sum":"[^"]*"/, '');
    b.journal.lines.splice(0, b.journal.lines.length, ...b.journal.lines.map(later));
    expect(await b.run([backupStep('a')])).toEqual(['a: moved']);
    b.journal.lines.splice(2);
    expect(await b.run([backupStep('a')])).toEqual(['a: done']);
    expect(b.clock.now() - start).toBeLessThan(60 * 60_000);
  });
});
