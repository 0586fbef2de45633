/** What fuzzing found, by name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../src/azure/failure.ts';
import { normaliseRestorePointCollection } from '../../src/azure/normalise-points.ts';
import { makeArm } from '../../src/azure/ask.ts';
import { parseGuidance } from '../../src/core/guidance-file.ts';
import { parseFaults } from '../../src/simulator/faults.ts';
import { readBundle } from '../../src/simulator/fleet-bundle.ts';
import { bench, start } from '../engine/bench.ts';
import { backupStep } from '../engine/plan-builder.ts';
import { shipped } from '../core/guidance-shipped.ts';
import { expectPlaces } from './places.ts';
import { rawReply, wire } from './wire.ts';

describe('found by fuzzing', () => {
  it('a mistake after an alias used as a key is told on its own line, not beyond the end of an earlier one', () => {
    const text = '*aextends: default\nextends: default\n  extends: default\n';
    const { problems } = parseGuidance(text, 'mine.yaml', shipped);
    expectPlaces(problems, text, 'mine.yaml');
    const faults = parseFaults(text, 'faults.yaml');
    const places =
      'problems' in faults
        ? faults.problems.map((problem) => /^faults\.yaml:(\d+):(\d+): /.exec(problem)?.slice(1, 3))
        : [];
    expect(places).toContainEqual(['2', '10']);
  });

  it('a gap of a bundle named like a property of every object is a kind that nobody knows', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-bundle-'));
    const gap = { scope: '/subscriptions/11111111-0000-4000-8000-000000000000', detail: 'x' };
    const head = { schemaVersion: 1, asOf: '2026-06-03T12:00:00Z', complete: false };
    const subscriptions = ['11111111-0000-4000-8000-000000000000'];
    writeFileSync(
      join(folder, 'bundle.json'),
      JSON.stringify({ ...head, subscriptions, gaps: { constructor: [gap] } }),
    );
    expect(() => readBundle(folder)).not.toThrow();
    rmSync(folder, { recursive: true });
  });

  it('a journal that speaks of the future is not waited for until then', async () => {
    const b = bench();
    await b.run([backupStep('a')]);
    b.azure.taken.length = 0;
    const later = (line: string): string => line.replaceAll('"2026-', '"6026-').replace(/,"sum":"[^"]*"/, '');
    b.journal.lines.splice(0, b.journal.lines.length, ...b.journal.lines.map(later));
    expect(await b.run([backupStep('a')])).toEqual(['a: moved']);
    b.journal.lines.splice(2);
    // Whether Azure took it cannot be told, and it must not be taken twice.
    expect(await b.run([backupStep('a')])).toEqual(['a: in-doubt']);
    expect(b.clock.now() - start).toBeLessThan(60 * 60_000);
  });

  it.each(['http://[::1', 'no url', '//'])(
    'a link in an answer that is no URL (%s) is a failure to tell, not a crash',
    async (url) => {
      const arm = makeArm(
        wire(() => rawReply([200, {}])),
        () => {},
      );
      expect(
        await arm.ask({ provider: 'compute', method: 'GET', url: url === 'no url' ? 'https://%' : url }),
      ).toMatchObject({ kind: 'failed', azureCode: 'ForeignOrigin' });
    },
  );

  it.each([
    { 'retry-after': '99999999999999999999' },
    { 'retry-after-ms': '99999999999999999999999' },
    { 'retry-after': 'Tue, 01 Jan 275760 00:00:00 GMT', date: 'Wed, 03 Jun 2026 12:00:00 GMT' },
    {},
  ])('a wait that no clock could be set by is cut to a day: %j', (headers) => {
    const body = {
      error: { code: 'TooManyRequests', message: "Please try again after '99999999999999999999' seconds." },
    };
    expect(failureOf({ status: 429, headers, body, text: '', subject: '/x' })).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 24 * 60 * 60_000,
    });
  });

  it('a Date header beyond all calendars does not become the time', async () => {
    const transport = wire(() => rawReply([200, {}, { date: 'Tue, 01 Jan 275760 00:00:00 GMT' }]));
    await transport.send({ provider: 'compute', method: 'GET', path: '/subscriptions' });
    expect(transport.azureNow()).toBeUndefined();
  });

  it('a restore point collection that does not tell its machine leaves every machine in doubt, not unprotected', () => {
    const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/restorePointCollections/c';
    for (const properties of [null, {}, { source: {} }, { source: { id: 7 } }]) {
      expect(normaliseRestorePointCollection({ id, name: 'c', properties })).toMatchObject({ kind: 'unintelligible' });
    }
  });
});
