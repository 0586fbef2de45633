/**
 * Kusto's datetime and timespan, both counted in ticks of 100 ns; a datetime counts from 1970 (earlier is negative).
 */
export const ticksPerMs = 10_000n;
const second = 10_000_000n;
const minute = 60n * second;
const hour = 60n * minute;
const day = 24n * hour;

const unitTicks: readonly (readonly [RegExp, bigint])[] = [
  [/^(?:d|days?)$/, day],
  [/^(?:h|hrs?|hours?)$/, hour],
  [/^(?:m|min|minutes?)$/, minute],
  [/^(?:s|sec|seconds?)$/, second],
  [/^(?:ms|milli|milliseconds?)$/, ticksPerMs],
  [/^micro/, 10n],
  [/^tick/, 1n],
];

/** `1.5h` → ticks. */
export function timespanOf(amount: number, unit: string): bigint {
  const ticks = unitTicks.find(([name]) => name.test(unit))?.[1] ?? day;
  if (!(Math.abs(amount) * Number(ticks) < Number(longest))) return amount < 0 ? -longest : longest;
  return Number.isInteger(amount) ? BigInt(amount) * ticks : BigInt(Math.round(amount * Number(ticks)));
}

/** A timespan is an int64 of ticks. */
const longest = 2n ** 63n - 1n;

/** Years 1 to 9999, the range of a Kusto datetime; `null` outside. */
export function withinDatetime(ticks: bigint): bigint | null {
  return ticks >= -621_355_968_000_000_000n && ticks < 2_534_023_008_000_000_000n ? ticks : null;
}

/** `d.hh:mm:ss.fffffff`, `hh:mm:ss`, `1d`, or a number of days. */
export function parseTimespan(text: string): bigint | null {
  const short = /^([+-]?\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text);
  if (short && unitTicks.some(([name]) => name.test(short[2]!))) return timespanOf(Number(short[1]), short[2]!);
  const long = /^(-)?(?:(\d{1,8})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/.exec(text);
  if (long) {
    const [, sign, days = '0', hours, minutes, seconds = '0', fraction = ''] = long;
    const ticks =
      BigInt(days) * day +
      BigInt(hours!) * hour +
      BigInt(minutes!) * minute +
      BigInt(seconds) * second +
      BigInt(fraction.padEnd(7, '0'));
    return sign === '-' ? -ticks : ticks;
  }
  return /^[+-]?\d{1,8}$/.test(text) ? BigInt(text) * day : null;
}

const iso =
  /^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** ISO 8601 with up to seven digits of a second (no zone means UTC), or RFC 1123; `null` for anything else. */
export function parseDatetime(text: string): bigint | null {
  const match = iso.exec(text.trim());
  if (!match) {
    const rfc = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{8}(?: GMT)?$/.test(text)
      ? Date.parse(text)
      : Number.NaN;
    return Number.isNaN(rfc) ? null : BigInt(rfc) * ticksPerMs;
  }
  const [, year, month, dayOfMonth = '1', hours = '0', minutes = '0', seconds = '0', fraction = '', zone = 'Z'] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(dayOfMonth));
  const valid = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(dayOfMonth);
  if (!valid || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  const offsetTicks = offset
    ? (BigInt(offset[2]!) * hour + BigInt(offset[3]!) * minute) * (offset[1] === '-' ? -1n : 1n)
    : 0n;
  const clock = BigInt(hours) * hour + BigInt(minutes) * minute + BigInt(seconds) * second;
  return BigInt(date.getTime()) * ticksPerMs + clock + BigInt(fraction.slice(0, 7).padEnd(7, '0')) - offsetTicks;
}

/** How the service writes a datetime in its answer: no zeros at the end of the fraction. */
export function writeDatetime(ticks: bigint): string {
  return spellDatetime(ticks).replace(/\.?0*Z$/, 'Z');
}

/** How tostring() spells it: always seven digits. */
export function spellDatetime(ticks: bigint): string {
  const ms = floorDiv(ticks, ticksPerMs);
  const rest = ticks - ms * ticksPerMs;
  return new Date(Number(ms)).toISOString().replace('Z', `${rest.toString().padStart(4, '0')}Z`);
}

/** .NET's spelling: `1.02:03:04.5000000`. */
export function spellTimespan(ticks: bigint): string {
  const positive = ticks < 0n ? -ticks : ticks;
  const part = (unit: bigint, of: bigint): string => ((positive % of) / unit).toString().padStart(2, '0');
  const days = positive / day;
  const fraction = positive % second;
  const clock = `${part(hour, day)}:${part(minute, hour)}:${part(second, minute)}`;
  return `${ticks < 0n ? '-' : ''}${days > 0n ? `${days}.` : ''}${clock}${fraction > 0n ? `.${fraction.toString().padStart(7, '0')}` : ''}`;
}

/** Rounds down, also below zero. */
export function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

const months = (ticks: bigint): number => {
  const date = new Date(Number(floorDiv(ticks, ticksPerMs)));
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/** Boundaries of a period between two moments, as datetime_diff counts them; `null` for an unknown period. */
export function countPeriods(period: string, later: bigint, earlier: bigint): number | null {
  const by = (unit: bigint, shift = 0n): number =>
    Number(floorDiv(later + shift, unit) - floorDiv(earlier + shift, unit));
  switch (period.toLowerCase()) {
    case 'year':
      return Math.floor(months(later) / 12) - Math.floor(months(earlier) / 12);
    case 'quarter':
      return Math.floor(months(later) / 3) - Math.floor(months(earlier) / 3);
    case 'month':
      return months(later) - months(earlier);
    case 'week':
      // 1970-01-01 was a Thursday; weeks start on Sunday.
      return by(7n * day, 4n * day);
    case 'day':
      return by(day);
    case 'hour':
      return by(hour);
    case 'minute':
      return by(minute);
    case 'second':
      return by(second);
    case 'millisecond':
      return by(ticksPerMs);
    default:
      return null;
  }
}
