/** What results mean for the process's exit code. */
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/audit.ts';
import type { Severity } from '../../src/core/problem.ts';
import { auditExit } from '../../src/cli/audit-exit.ts';
import { startWorld } from '../e2e/rig.ts';

const finding = (severity: Severity): Finding => ({ id: '0', code: 'unprotected', severity, summary: '', remedy: '' });

describe('an audit', () => {
  it.each([
    ['high', 'high', true, 4],
    ['critical', 'high', true, 4],
    ['medium', 'high', true, 0],
    ['low', 'low', true, 4],
    ['info', 'low', true, 0],
    ['critical', undefined, true, 0],
    ['critical', 'low', false, 6],
    ['info', undefined, false, 6],
  ] as const)(
    'with a finding of severity %s and --fail-on %s, complete: %s, exits %i',
    (severity, failOn, complete, code) => {
      expect(auditExit(complete, [finding(severity)], failOn)).toBe(code);
    },
  );
});

describe('an apply of which not everything got done', () => {
  it.each([
    ['3 when some steps did', 'rg-lab', 'snapshots/hf-dev-02', 3],
    // The vault fails, and all else waits for it.
    ['1 when none did', 'rg-office', 'vaults/hf-eastus', 1],
  ])('exits %s', async (_, group, path, code) => {
    const world = await startWorld({ faults: [{ fault: 'operation-fails', method: 'PUT', path }] });
    try {
      await world.run('plan', '--resource-group', group, '--output-file', world.at('lab.json'));
      const ran = await world.run('apply', world.at('lab.json'), '--yes');
      expect(ran.out).toContain('failed');
      expect(ran.code).toBe(code);
      expect(ran.err).toContain('Resume with: holdfast apply');
    } finally {
      await world.end();
    }
  });
});
