import { countPeriods, floorDiv, parseTimespan, spellDatetime, ticksPerMs, withinDatetime } from './moment.ts';
import type { ScalarFunction } from './scalar-function.ts';
import type { Value } from './value.ts';
import { isNumeric } from './value.ts';

const dayTicks = 86_400_000n * ticksPerMs;

/** The parts format_datetime knows, longest first. */
const parts: readonly (readonly [RegExp, (iso: string) => string])[] = [
  [/^yyyy/, (iso) => iso.slice(0, 4)],
  [/^yy/, (iso) => iso.slice(2, 4)],
  [/^MM/, (iso) => iso.slice(5, 7)],
  [/^M/, (iso) => String(Number(iso.slice(5, 7)))],
  [/^dd/, (iso) => iso.slice(8, 10)],
  [/^d/, (iso) => String(Number(iso.slice(8, 10)))],
  [/^HH/, (iso) => iso.slice(11, 13)],
  [/^H/, (iso) => String(Number(iso.slice(11, 13)))],
  [/^hh/, (iso) => String(Number(iso.slice(11, 13)) % 12 || 12).padStart(2, '0')],
  [/^tt/, (iso) => (Number(iso.slice(11, 13)) < 12 ? 'AM' : 'PM')],
  [/^mm/, (iso) => iso.slice(14, 16)],
  [/^m/, (iso) => String(Number(iso.slice(14, 16)))],
  [/^ss/, (iso) => iso.slice(17, 19)],
  [/^s/, (iso) => String(Number(iso.slice(17, 19)))],
];

function format(ticks: bigint, pattern: string): string {
  const iso = spellDatetime(ticks);
  let out = '';
  for (let rest = pattern; rest !== '';) {
    const fraction = /^[fF]{1,7}/.exec(rest)?.[0];
    const part = parts.find(([name]) => name.test(rest));
    const taken = fraction ?? part?.[0].exec(rest)?.[0] ?? rest[0]!;
    out += fraction ? iso.slice(20, 20 + fraction.length) : part ? part[1](iso) : taken;
    rest = rest.slice(taken.length);
  }
  return out;
}

function binned(value: Value, step: Value): Value {
  if (typeof value === 'bigint' && typeof step === 'bigint') return step === 0n ? null : floorDiv(value, step) * step;
  if (typeof value === 'number' && typeof step === 'number') return step === 0 ? null : Math.floor(value / step) * step;
  return null;
}

const bin: ScalarFunction = {
  arity: [2, 2],
  type: ([value, step]) => {
    if (value === undefined || step === undefined) return undefined;
    if ((value.type === 'datetime' || value.type === 'timespan') && step.type === 'timespan') return value.type;
    if (!isNumeric(value.type) || !isNumeric(step.type)) return undefined;
    return step.type === 'real' ? 'real' : value.type;
  },
  namedAfterArgument: true,
  apply: ([value, step]) => binned(value!, step!),
};

const shifted = (at: bigint, by: bigint | null): Value => (by === null ? null : withinDatetime(at + by));

function addMonths(at: bigint, count: number): Value {
  const ms = floorDiv(at, ticksPerMs);
  const date = new Date(Number(ms));
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return Number.isNaN(date.getTime())
    ? null
    : withinDatetime(BigInt(date.getTime()) * ticksPerMs + (at - ms * ticksPerMs));
}

function addPeriod(period: string, count: number, at: bigint): Value {
  const monthsIn: Readonly<Record<string, number>> = { year: 12, quarter: 3, month: 1 };
  const months = monthsIn[period.toLowerCase()];
  if (months !== undefined) return addMonths(at, Math.trunc(count) * months);
  const unit = period.toLowerCase() === 'week' ? 7n * dayTicks : parseTimespan(`1${period.toLowerCase()}`);
  return shifted(at, unit === null ? null : BigInt(Math.trunc(count)) * unit);
}

const startOf = (floor: (at: bigint) => bigint): ScalarFunction => ({
  arity: [1, 1],
  params: ['datetime'],
  type: 'datetime',
  apply: ([at]) => (typeof at === 'bigint' ? withinDatetime(floor(at)) : null),
});

/** Functions over datetimes and timespans. */
export const momentFunctions: Readonly<Record<string, ScalarFunction>> = {
  now: {
    arity: [0, 1],
    params: ['timespan'],
    type: 'datetime',
    apply: ([offset], { now }) => (offset === undefined ? now : shifted(now, offset as bigint | null)),
  },
  ago: {
    arity: [1, 1],
    params: ['timespan'],
    type: 'datetime',
    apply: ([by], { now }) => (typeof by === 'bigint' ? withinDatetime(now - by) : null),
  },
  bin,
  datetime_diff: {
    arity: [3, 3],
    params: ['string', 'datetime', 'datetime'],
    type: 'long',
    apply: ([period, later, earlier]) =>
      typeof later === 'bigint' && typeof earlier === 'bigint' ? countPeriods(period as string, later, earlier) : null,
  },
  datetime_add: {
    arity: [3, 3],
    params: ['string', 'long', 'datetime'],
    type: 'datetime',
    apply: ([period, count, at]) =>
      typeof at === 'bigint' && typeof count === 'number' ? addPeriod(period as string, count, at) : null,
  },
  format_datetime: {
    arity: [2, 2],
    params: ['datetime', 'string'],
    type: 'string',
    apply: ([at, pattern]) => (typeof at === 'bigint' ? format(at, pattern as string) : ''),
  },
  startofday: startOf((at) => floorDiv(at, dayTicks) * dayTicks),
  startofweek: startOf((at) => (floorDiv(at + 4n * dayTicks, 7n * dayTicks) * 7n - 4n) * dayTicks),
  startofmonth: startOf((at) => {
    const date = new Date(Number(floorDiv(at, ticksPerMs)));
    return BigInt(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)) * ticksPerMs;
  }),
};
