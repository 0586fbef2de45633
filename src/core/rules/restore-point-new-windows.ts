import { failsIf, holds, imageNameOf, judge } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const restorePointNewWindows: Rule = {
  id: 'restore-point-new-windows',
  option: 'restore-point',
  title: 'its Windows is on the list for application-consistent points',
  why: 'The list for application-consistent restore points ends at Windows Server 2022.',
  fact: 'P-10',
  source: sources.RPM,
  effect: 'warning',
  needs: ['os', 'image'],
  check: (machine) =>
    judge('os', machine.os, (os) => {
      if (os !== 'windows') return holds;
      return judge('image', imageNameOf(machine), (image) =>
        failsIf(
          /\b2025/.test(image),
          'Windows Server 2025 is not on the list for application-consistent points: verify the mode of ' +
            'each point.',
        ),
      );
    }),
  examples: {
    holds: {},
    fails: {
      machine: { image: { publisher: 'MicrosoftWindowsServer', offer: 'WindowsServer', sku: '2025-datacenter-g2' } },
    },
  },
};
