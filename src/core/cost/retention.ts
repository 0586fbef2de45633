/** How much of a disk points take up: the first is whole, each later one holds what changed since the one before it. */
import { changedGiB, type ReckoningBase } from './size.ts';

/** What a backup policy keeps. */
export interface BackupKeeping {
  readonly tier: 'standard' | 'enhanced';
  readonly instantRestoreDays: number;
  readonly dailyDays: number;
  readonly weeklyWeeks: number;
  readonly monthlyMonths: number;
  readonly yearlyYears: number;
  /** Crash-consistent only: the fee goes by half the provisioned size (facts B-130). */
  readonly agentless?: boolean;
}

/** So many points, the same time apart. */
export interface PointKeeping {
  readonly incremental: boolean;
  readonly points: number;
  readonly everyDays: number;
}

export const pointsGiB = (usedGiB: number, keeping: PointKeeping, base: ReckoningBase): number => {
  const { incremental, points, everyDays } = keeping;
  return incremental ? usedGiB + Math.max(0, points - 1) * changedGiB(usedGiB, everyDays, base) : usedGiB * points;
};

/**
 * A whole copy, a day's change for each further daily point, and for weekly, monthly and yearly points what changed in
 * between, counted only as far as they reach beyond the finer ones.
 */
export const vaultGiB = (usedGiB: number, keeping: BackupKeeping, base: ReckoningBase): number => {
  const { dailyDays, weeklyWeeks, monthlyMonths, yearlyYears } = keeping;
  const weeks = Math.max(0, weeklyWeeks - Math.floor(dailyDays / 7));
  const finerDays = Math.max(dailyDays, weeklyWeeks * 7);
  const months = Math.max(0, monthlyMonths - Math.floor(finerDays / 30));
  const years = Math.max(0, yearlyYears - Math.floor(Math.max(finerDays, monthlyMonths * 30) / 365));
  const change = (days: number): number => changedGiB(usedGiB, days, base);
  const daily = Math.max(0, dailyDays - 1) * change(1);
  return usedGiB + daily + weeks * change(7) + months * change(30) + years * change(365);
};

/** The first snapshot of a standard policy holds a day's change, of an enhanced one the whole disk (facts B-69). */
export const instantRestoreGiB = (usedGiB: number, keeping: BackupKeeping, base: ReckoningBase): number => {
  const { tier, instantRestoreDays: days } = keeping;
  const day = changedGiB(usedGiB, 1, base);
  return tier === 'standard' ? days * day : usedGiB + Math.max(0, days - 1) * day;
};
