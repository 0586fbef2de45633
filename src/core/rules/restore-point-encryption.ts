import { every, failsIf, judgeDisks, ofDisk } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

const text =
  'It is encrypted by more than platform keys, a setting that does not carry onto restore points: ' +
  'check what your rules ask of copies.';

export const restorePointEncryption: Rule = {
  id: 'restore-point-encryption',
  option: 'restore-point',
  title: 'its disks use platform keys only',
  why: 'The encryption setting of the source does not carry onto the restore point.',
  fact: 'P-15',
  source: sources.RPM,
  effect: 'warning',
  needs: ['disks'],
  check: (machine) =>
    every(
      failsIf(machine.encryptionAtHost, text),
      judgeDisks(
        machine.disks,
        ofDisk(
          (disk) => disk.azureDiskEncryption || (disk.encryption !== undefined && disk.encryption !== 'platform-key'),
        ),
        (encrypted) => encrypted,
        () => text,
      ),
    ),
  examples: { holds: {}, fails: { osDisk: { disk: { encryption: 'customer-key' } } } },
};
