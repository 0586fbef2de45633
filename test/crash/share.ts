/**
 * How much of a suite runs: a seeded share with every `npm test`, everything with HOLDFAST_WHOLE=1, another share with
 * HOLDFAST_SEED=n. Every suite prints what it tried of how many.
 */
export const whole = process.env['HOLDFAST_WHOLE'] === '1';
export const seed = Number(process.env['HOLDFAST_SEED'] ?? 1);

/** One in `oneIn`, spread over all of them; which ones is drawn from the seed and the name. */
export const shareOf = <T>(items: readonly T[], oneIn: number, name: string): readonly T[] => {
  if (whole || oneIn <= 1) return items;
  const offset = randomOf(name)(oneIn);
  return items.filter((_, i) => i % oneIn === offset);
};

/** Whole numbers below `n`, the same ones for the same seed and name (mulberry32 over a hash of the name). */
export const randomOf = (name: string): ((n: number) => number) => {
  let state = Buffer.from(name).reduce((hash, byte) => Math.imul(hash ^ byte, 16_777_619), 2_166_136_261 ^ seed);
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
};
