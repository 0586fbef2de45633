/**
 * The shortest time in which Azure's budgets let so many requests through: written down here once more from the documents, so
 * that the product's table is not measured by itself.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 * https://learn.microsoft.com/azure/virtual-machines/virtual-machines-create-restore-points
 */
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';

const refill = {
  reads: { bucket: 250, perSecond: 25 },
  writes: { bucket: 200, perSecond: 10 },
  points: { bucket: 150, perSecond: 50 / 60 },
} as const;

/** `share`: which part of the refill others leave. */
export const leastMs = (log: readonly ExchangeLine[], share = 1): number => {
  const reads = log.filter(({ method }) => method === 'GET').length;
  const points = log.filter(({ method, url }) => method === 'PUT' && url.includes('/restorePoints/')).length;
  return Math.max(boundMs('reads', reads, share), boundMs('writes', log.length - reads), boundMs('points', points));
};

export const boundMs = (kind: keyof typeof refill, requests: number, share = 1): number =>
  Math.max(0, (1000 * (requests - refill[kind].bucket)) / (refill[kind].perSecond * share));
