/** The rows of `points`: one per point, and one per thing not read, so that no sheet looks whole when it is not. */
import type { Points } from '../core/points.ts';
import type { Row } from './sheet.ts';

export const pointColumns = [
  'entry',
  'machine',
  'at',
  'ageSeconds',
  'option',
  'consistency',
  'state',
  'disksIncluded',
  'disksAttached',
  'disksLeftOut',
  'sizeGiB',
  'expiresAt',
  'region',
  'vaultId',
  'tiers',
  'restores',
  'id',
  'notes',
] as const;

export const pointRows = ({ machine, points, unknowns }: Points): readonly Row[] => [
  ...points.map((point) => ({
    entry: 'point',
    machine: machine.name,
    at: point.at,
    ageSeconds: point.ageSeconds,
    option: point.option,
    consistency: point.consistency,
    state: point.state,
    disksIncluded: point.disksIncluded,
    disksAttached: point.disksAttached,
    disksLeftOut: point.disksLeftOut.join('; '),
    sizeGiB: point.sizeGiB,
    expiresAt: point.expiresAt,
    region: point.region,
    vaultId: point.vaultId ?? null,
    tiers: (point.tiers ?? []).join(' '),
    restores: point.restores.join(' '),
    id: point.id,
    notes: point.notes.join('; '),
  })),
  ...unknowns.map(({ subject, fact, reason }) => ({
    entry: 'unknown',
    machine: machine.name,
    id: subject,
    notes: `${fact}: ${reason}`,
  })),
];
