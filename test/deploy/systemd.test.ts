/** The units in deploy/, judged by systemd's own checkers where they are. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hardening } from '../../src/report/schedule/systemd.ts';
import { root, temporaryFolder } from '../e2e/rig.ts';

const read = (name: string): string => readFileSync(join(root, 'deploy', 'systemd', name), 'utf8');
const service = read('holdfast-job@.service');
const timer = read('holdfast-job@.timer');

const checker = 'systemd-analyze';
const hasSystemd = spawnSync(checker, ['--version']).status === 0;
if (!hasSystemd) console.log('units are not verified: this machine has no systemd-analyze');

/** systemd-analyze wants the program to be there, and an instance to judge. */
const unitsAt = (text: string): string => {
  const folder = join(temporaryFolder(), 'units');
  mkdirSync(folder);
  writeFileSync(join(folder, 'holdfast-job@nightly.service'), text.replace('/usr/local/bin/holdfast', '/bin/true'));
  writeFileSync(join(folder, 'holdfast-job@nightly.timer'), timer);
  return folder;
};

const analyze = (...argv: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(checker, [...argv], { encoding: 'utf8' });
  return { status, text: `${stdout}${stderr}` };
};

describe('the units in deploy/', () => {
  it('are hardened as those that schedule print makes', () => {
    const lines = service.split('\n');
    expect(hardening.filter((line) => !lines.includes(line))).toEqual([]);
    // Node writes code of its own: with this it would not even start.
    expect(service).not.toContain('MemoryDenyWriteExecute');
  });

  it.skipIf(!hasSystemd)('satisfy systemd-analyze verify, which sees a planted mistake', () => {
    const verify = (text: string) => {
      const { status, text: told } = analyze('verify', '--man=no', join(unitsAt(text), 'holdfast-job@nightly.service'));
      return [status, told.split('\n').filter((line) => /holdfast/.test(line))] as const;
    };
    expect(verify(service)).toEqual([0, []]);
    expect(verify(service.replace('PrivateTmp=yes', 'PrivateTmpp=yes'))[1]).toHaveLength(1);
  });

  it.skipIf(!hasSystemd)('are exposed no more than 2.0 of 10, as systemd-analyze security reckons', () => {
    const exposure = (text: string) =>
      analyze(
        'security',
        '--offline=true',
        '--no-pager',
        '--threshold=20',
        join(unitsAt(text), 'holdfast-job@nightly.service'),
      );
    const ours = exposure(service);
    expect(ours.status, ours.text.split('\n').slice(-2).join('')).toBe(0);
    expect(exposure(service.replace('CapabilityBoundingSet=\n', '').replace('DynamicUser=yes\n', '')).status).not.toBe(
      0,
    );
  });

  it.skipIf(!hasSystemd)('ask every quarter of an hour, a minute after', () => {
    const calendar = /^OnCalendar=(.*)$/m.exec(timer)![1]!;
    const { text } = analyze('calendar', '--iterations=4', '--base-time=2026-06-03 12:00:00 UTC', calendar);
    expect([...text.matchAll(/12:(\d\d):00 UTC/g)].map(([, minute]) => minute)).toEqual(
      expect.arrayContaining(['01', '16', '31', '46']),
    );
  });
});
