/** Reading and judging fleets of growing size on the in-process simulator: requests, time and memory. Prints; decides nothing. */
import { auditEstate } from '../../src/core/audit-estate.ts';
import { shippedGuidance } from '../core/guidance-shipped.ts';
import { aMachine, anEstate, asOf } from '../core/estate-builder.ts';

const sizes = [1_000, 10_000, 100_000] as const;

const fleetOf = (n: number) =>
  anEstate({
    machines: Array.from({ length: n }, (_, i) =>
      aMachine({ name: `vm-${i}`, tags: i % 3 === 0 ? { env: 'prod' } : i % 3 === 1 ? { env: 'dev' } : {} }),
    ),
  });

let perMachine: number | undefined;
for (const n of sizes) {
  const estate = fleetOf(n);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const from = performance.now();
  const audit = auditEstate(estate, shippedGuidance, asOf);
  const ms = performance.now() - from;
  const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  perMachine ??= ms / n;
  console.log(
    `${String(n).padStart(7)} machines: audit ${ms.toFixed(0)} ms, ${((1000 * ms) / n).toFixed(0)} µs a machine (${(ms / n / perMachine).toFixed(2)} × the smallest fleet's), ` +
      `${megabytes.toFixed(0)} MB for ${audit.machines.length} audited`,
  );
}
