/** A range of IPv4 addresses as a prefix spells it; `first` and `last` included. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Azure keeps the first four addresses of a subnet and its last one.
 * https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
 */
const KEPT_AT_START = 4;

/** `undefined` for what is no IPv4 prefix whose host part is zero. */
export function rangeOf(prefix: unknown): AddressRange | undefined {
  const [, text = '', bits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(String(prefix)) ?? [];
  const first = addressOf(text);
  const length = Number(bits);
  if (first === undefined || length > 32) return undefined;
  const size = 2 ** (32 - length);
  return first % size === 0 ? { first, last: first + size - 1 } : undefined;
}

export function addressOf(text: unknown): number | undefined {
  const parts = String(text).split('.');
  const valid = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  return valid ? parts.reduce((sum, part) => sum * 256 + Number(part), 0) : undefined;
}

export function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

export function isWithin(inner: AddressRange, outer: AddressRange): boolean {
  return inner.first >= outer.first && inner.last <= outer.last;
}

export function overlap(one: AddressRange, other: AddressRange): boolean {
  return one.first <= other.last && other.first <= one.last;
}

/** What a machine may have of a subnet. */
export function usable(subnet: AddressRange): AddressRange {
  return { first: subnet.first + KEPT_AT_START, last: subnet.last - 1 };
}

/** The lowest free address; `undefined` where the subnet is full. */
export function freeAddress(subnet: AddressRange, taken: ReadonlySet<string>): string | undefined {
  const { first, last } = usable(subnet);
  for (let address = first; address <= last; address += 1) {
    const text = addressText(address);
    if (!taken.has(text)) return text;
  }
  return undefined;
}
