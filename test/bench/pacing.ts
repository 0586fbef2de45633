/**
 * A thousand snapshots over a simulated Azure with its budgets: how long it takes against what those allow, and how often it
 * was turned away. Prints; decides nothing. https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
import { boundMs, leastMs } from '../engine/budget-bound.ts';
import { group, pointSteps, runPaced, snapshotSteps, type Paced } from '../engine/pacing-world.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const tell = (what: string, run: Paced, share?: number): void => {
  const least = leastMs(run.log, share);
  const ended = [...run.outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  console.log(
    `${what}: ${ended} in ${seconds(run.tookMs)}; its ${run.asked.reads} reads and ${run.asked.writes} writes need ${seconds(least)} at the least: ` +
      `${(run.tookMs / least).toFixed(3)} × that; answers 429: ${run.throttled.length}` +
      ` (Resource Manager's writes alone: ${seconds(boundMs('writes', run.asked.writes))}, its reads: ${seconds(boundMs('reads', run.asked.reads, share))})`,
  );
};

const thousand = { machines: 1_000 };
tell('1,000 snapshots', await runPaced(thousand, snapshotSteps(thousand)));
tell(
  '1,000 snapshots in three regions',
  await runPaced(
    { ...thousand, regions: ['westeurope', 'northeurope', 'eastus'] },
    snapshotSteps({ ...thousand, regions: ['westeurope', 'northeurope', 'eastus'] }),
  ),
);
tell(
  '1,000 snapshots of 50 machines',
  await runPaced({ machines: 50, disksEach: 20 }, snapshotSteps({ machines: 50, disksEach: 20 })),
);
const reads = { method: 'GET', path: () => `${group}?api-version=2021-04-01`, perSecond: 12.5 };
tell(
  '1,000 snapshots, another user reading 12.5 times a second',
  await runPaced(thousand, snapshotSteps(thousand), { other: reads }),
  0.5,
);
tell('500 restore points and their collections', await runPaced({ machines: 500 }, pointSteps({ machines: 500 })));
