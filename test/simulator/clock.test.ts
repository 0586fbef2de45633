import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/simulator/clock.ts';

describe('the virtual clock', () => {
  it('stands still until advanced, and fires timers at their moments, in order', () => {
    const clock = new VirtualClock(1000);
    const fired: string[] = [];
    const note = (name: string) => () => void fired.push(`${name}@${clock.now()}`);
    clock.at(1300, note('late'));
    clock.at(1100, note('first'));
    clock.at(1100, note('second'));
    clock.at(900, note('overdue'));
    expect(clock.now()).toBe(1000);
    clock.advance(200);
    expect(fired).toEqual(['overdue@1000', 'first@1100', 'second@1100']);
    clock.advance(100);
    expect(fired.at(-1)).toBe('late@1300');
  });

  it('fires a timer that another one set, in the same advance', () => {
    const clock = new VirtualClock(0);
    const fired: number[] = [];
    clock.at(10, () => clock.at(20, () => void fired.push(clock.now())));
    clock.advance(50);
    expect(fired).toEqual([20]);
  });

  it('following real time, lets a timer finish at its own moment before the next one acts', () => {
    const clock = new VirtualClock(0);
    let real = 0;
    clock.follow(() => real, 10);
    const seen: string[] = [];
    clock.at(100, () => {
      seen.push(`begin@${clock.now()}`);
      clock.now();
      seen.push(`end@${clock.now()}`);
    });
    clock.at(200, () => void seen.push(`next@${clock.now()}`));
    real = 50;
    expect(clock.now()).toBe(500);
    expect(seen).toEqual(['begin@100', 'end@100', 'next@200']);
    clock.advance(1000);
    real = 60;
    expect(clock.now()).toBe(1600);
  });

  it('fires twenty thousand timers in order of moment, then of setting, with others set and fired in between', () => {
    const clock = new VirtualClock(0);
    const fired: { at: number; set: number }[] = [];
    const count = 20_000;
    for (let set = 0; set < count; set += 1) {
      const at = (set * 7919) % 1000;
      clock.at(at, () => {
        fired.push({ at, set });
        if (set % 100 === 0) clock.at(at, () => void fired.push({ at, set: count + set }));
      });
    }
    clock.advance(400);
    clock.advance(600);
    const sorted = fired.toSorted((a, b) => a.at - b.at || a.set - b.set);
    expect(fired).toHaveLength(count + count / 100);
    expect(fired).toEqual(sorted);
  });

  it('does not go back', () => {
    expect(() => new VirtualClock(0).advance(-1)).toThrow(RangeError);
  });
});
