/** For people at a terminal. */
import { byKind } from '../core/by-kind.ts';
import { auditTable } from './audit-table.ts';
import { historyTable } from './history-table.ts';
import { jobTable } from './job-table.ts';
import type { Format } from './model.ts';
import { pointsTable } from './points-table.ts';
import { pruneTable } from './prune-table.ts';
import { inventoryTable, outcomeTable, planTable } from './plan-table.ts';

export const table: Format = {
  id: 'table',
  title: 'for people, fitted to the terminal',
  extension: 'txt',
  render: (report, options) =>
    byKind(report, {
      'holdfast.audit': (audit) => auditTable(audit, options),
      'holdfast.inventory': (inventory) => inventoryTable(inventory, options),
      'holdfast.points': (points) => pointsTable(points, options),
      'holdfast.plan': (plan) => planTable(plan, options),
      'holdfast.outcome': (outcome) => outcomeTable(outcome, options),
      'holdfast.prune': (prune) => pruneTable(prune, options),
      'holdfast.history': (history) => historyTable(history, options),
      'holdfast.job-run': (run) => jobTable(run, options),
    }),
};
