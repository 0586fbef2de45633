import { describe, expect, it } from 'vitest';
import { causeOf } from '../../../src/core/job/cause.ts';

const snapshot = (machine: string): string =>
  `/subscriptions/8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a02/resourceGroups/rg/providers/Microsoft.Compute/snapshots/hf-${machine}-1`;
const forbidden = (machine: string): string =>
  "The login may not do this: AuthorizationFailed: The client '3f0d8a52-6a0e-4b0e-9d43-2c1f7b6a9e11' with object id " +
  `'09f9a16c-9d92-40e7-84c2-09d7e51b1159' does not have authorization to perform action ` +
  `'Microsoft.Compute/snapshots/write' over scope '${snapshot(machine)}' or the scope is invalid. If access was recently ` +
  'granted, please refresh your credentials. (request 2a917649-36c5-4dc9-a443-863738926aa4)';

describe('the cause of a failure', () => {
  it('of a missing right is its action, for every machine alike', () => {
    expect(causeOf(forbidden('web01'), 'web01')).toBe(
      'the login may not do this (AuthorizationFailed): Microsoft.Compute/snapshots/write',
    );
    expect(causeOf(forbidden('web02'), 'web02')).toBe(causeOf(forbidden('web01'), 'web01'));
  });

  it('has the code once, and the first sentence of what Azure said', () => {
    const said =
      'Azure refused: QuotaExceeded: QuotaExceeded: Operation could not be completed as it results in exceeding approved ' +
      'quota. Please submit a request for an increase. (request b2da69ed-d239-4a93-9e6e-a8a486f95a43)';
    expect(causeOf(said, 'db01')).toBe(
      'Azure refused (QuotaExceeded): Operation could not be completed as it results in exceeding approved quota',
    );
  });

  it('leaves out what is told of one machine alone: its ids and its name', () => {
    const said = (machine: string): string =>
      `VMRestorePointClientError: The VM '${machine}' with disk ${snapshot(machine)} is busy; come again`;
    expect(causeOf(said('db01'), 'db01')).toBe('VMRestorePointClientError: The VM … with disk … is busy');
    expect(causeOf(said('db02'), 'db02')).toBe(causeOf(said('db01'), 'db01'));
  });

  it('is what is said where there is no code, and never longer than a line', () => {
    expect(causeOf('it did not end within 12 hours', 'db01')).toBe('it did not end within 12 hours');
    expect(causeOf(`Azure refused: Odd: ${'word '.repeat(100)}`, 'db01').length).toBeLessThan(200);
  });
});
