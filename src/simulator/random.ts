import { createHash } from 'node:crypto';
import type { Random } from './service.ts';

/** A small seeded generator (splitmix32): the same seed makes the same ids, faults and durations on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next32 = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const hex8 = (): string => next32().toString(16).padStart(8, '0');
  return {
    next: () => next32() / 0x1_0000_0000,
    int: (min, max) => min + Math.floor((next32() / 0x1_0000_0000) * (max - min + 1)),
    uuid: () => {
      const digits = hex8() + hex8() + hex8() + hex8();
      const variant = '89ab'[Number.parseInt(digits[16] ?? '0', 16) % 4] ?? '8';
      return [
        digits.slice(0, 8),
        digits.slice(8, 12),
        `4${digits.slice(13, 16)}`,
        `${variant}${digits.slice(17, 20)}`,
        digits.slice(20, 32),
      ].join('-');
    },
  };
}

/** A GUID that follows from a text: what a fleet brings is the same in every run, whatever else was drawn. */
export function guidFrom(seed: string): string {
  const hex = createHash('sha256').update(seed.toLowerCase()).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
