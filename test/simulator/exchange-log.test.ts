import { describe, expect, it } from 'vitest';
import { ExchangeLog, type ExchangeLine } from '../../src/simulator/exchange-log.ts';

const line = (url: string): Omit<ExchangeLine, 'seq'> => ({
  at: '2026-11-02T08:00:00.000Z',
  principal: null,
  method: 'GET',
  url,
  apiVersion: null,
  request: null,
  status: 200,
  headers: {},
  response: null,
  accepted: false,
  operationId: null,
});

describe('the log of exchanges', () => {
  it('holds the newest, in order, and counts on over those that it dropped', () => {
    const told: number[] = [];
    const log = new ExchangeLog(({ seq }) => void told.push(seq), 8);
    for (let n = 1; n <= 30; n += 1) {
      log.add(line(`https://a.test/${n}`));
      const newest = Array.from({ length: Math.min(n, 8) }, (_, i) => n - Math.min(n, 8) + 1 + i);
      expect(log.lines().map(({ seq, url }) => [seq, url])).toEqual(newest.map((at) => [at, `https://a.test/${at}`]));
    }
    expect(told).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });
});
