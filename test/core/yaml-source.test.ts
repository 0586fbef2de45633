/** Aliases of YAML: as many as a person writes, and told at their place where they are more or mean nothing. */
import { describe, expect, it } from 'vitest';
import { parseGuidance } from '../../src/core/guidance-file.ts';
import { parseJob } from '../../src/core/job/job-file.ts';
import type { Problem } from '../../src/core/problem.ts';
import { readYaml } from '../../src/core/yaml-source.ts';
import { parseFaults } from '../../src/simulator/faults.ts';
import { parseFleet } from '../../src/simulator/fleet-file.ts';
import { shipped } from './guidance-shipped.ts';

/** Each of an anchor of its own, which the library's own bound lets through. */
const aliases = (n: number): string =>
  `list:\n${Array.from({ length: n }, (_, i) => `  - &a${i} x\n  - *a${i}\n`).join('')}`;
const places = (problems: readonly Problem[]): readonly string[] =>
  problems.map(({ code, summary, at }) => `${at?.line}:${at?.column} ${code} ${summary}`);

describe('aliases', () => {
  it('are a thousand at most, and the first one too many is told at its place', () => {
    expect(readYaml(aliases(1_000), 'f').problems).toEqual([]);
    const { value, problems } = readYaml(aliases(1_001), 'f');
    expect(value).toBeUndefined();
    expect(places(problems)).toEqual(['2003:5 yaml-syntax not usable YAML: more than 1000 aliases']);
  });

  it('without an anchor before them are told at the first of them', () => {
    expect(places(readYaml('a: &x [1]\nb: [*x, *x, *y, *z]\nc: &y 1\n', 'f').problems)).toEqual([
      expect.stringMatching(/^2:13 yaml-syntax not usable YAML: Unresolved alias .*: y$/),
    ]);
  });

  it('that are too many are one problem in a job, a guidance, a fleet and a file of faults', () => {
    const many = aliases(1_001);
    const one = [expect.stringContaining('more than 1000 aliases')];
    expect(places(parseJob(many, 'job.yaml').problems)).toEqual(one);
    expect(places(parseGuidance(many, 'guidance.yaml', shipped).problems)).toEqual(one);
    expect(parseFleet(many, 'fleet.yaml', 0)).toEqual({ problems: one });
    expect(parseFaults(many, 'faults.yaml')).toEqual({ problems: one });
  });

  it('of what they stand in are refused at their place: nothing that goes on for ever is a value', () => {
    const message = 'not usable YAML: an alias of what it stands in';
    expect(places(readYaml('a: 1\nb: &b\n  c: [*b]\n', 'f').problems)).toEqual([`3:7 yaml-syntax ${message}`]);
    expect(places(readYaml('&all\na: *all\n', 'f').problems)).toEqual([`2:4 yaml-syntax ${message}`]);
    const { job, problems } = parseJob('name: a\nwindow: 24h\nselector: &s { tags: *s }\n', 'job.yaml');
    expect(job).toBeUndefined();
    expect(places(problems)).toEqual([`3:22 yaml-syntax ${message}`]);
    // One anchor used anew within the other of its name.
    expect(readYaml('a: &x { b: &x 1, c: *x }\n', 'f').value).toEqual({ a: { b: 1, c: 1 } });
  });
});

describe('a key that a map of JavaScript would lose', () => {
  it('is refused at its place: a job that is to select by such a tag would select every machine', () => {
    const told = 'yaml-syntax not usable YAML: __proto__ cannot be a key';
    const job = (selector: string) => parseJob(`name: a\nwindow: 24h\nselector: ${selector}\n`, 'job.yaml');
    for (const selector of ['{ tags: { __proto__: dev } }', '{ tags: { "__proto__": dev } }']) {
      expect(job(selector).job).toBeUndefined();
      expect(places(job(selector).problems)).toEqual([`3:21 ${told}`]);
    }
    expect(places(job('{ excludeTags: { a: [], __proto__: [] } }').problems)).toEqual([`3:35 ${told}`]);
    expect(job('{ tags: { a: __proto__, constructor: b } }').job?.selector.tags).toEqual({
      a: ['__proto__'],
      constructor: ['b'],
    });
  });
});
