/** A machine's power state, out of its instance view. https://learn.microsoft.com/azure/virtual-machines/states-billing */
import { listAt, textAt } from './raw.ts';

/** `running`, `deallocated`, …, lower-cased; `undefined` where the instance view does not tell. */
export const powerOf = (machine: unknown): string | undefined =>
  listAt(machine, 'properties', 'instanceView', 'statuses')
    .map((status) => textAt(status, 'code') ?? '')
    .find((code) => /^PowerState\//i.test(code))
    ?.slice('PowerState/'.length)
    .toLowerCase();
