/** What fuzzing found, by name. */
import { describe, expect, it } from 'vitest';
import { parseGuidance } from '../../src/core/guidance-file.ts';
import { parseFaults } from '../../src/simulator/faults.ts';
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
});
