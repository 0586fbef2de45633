import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { isKnownRoute, listedDeviations, listingOf, unvalidatedRoutes } from './deviations.ts';
import { exchangesOf, report } from './exchange-report.ts';
import type { ObservedExchange, Validator } from './openapi.ts';
import { createValidator, routeOf } from './openapi.ts';
import { readFlow } from './replay/recording.ts';
import { replayFlow } from './replay/replay-flow.ts';

const loaded = await createValidator();
const judging = describe.skipIf(loaded === undefined);
const validator = loaded as Validator;

const group = '/subscriptions/5e1a7f04-0c7b-4d0e-9b0a-1f6f0d9b7a01/resourceGroups/rg';
const origin = 'https://management.azure.com';
const snapshot = {
  id: `${group}/providers/Microsoft.Compute/snapshots/s`,
  name: 's',
  type: 'Microsoft.Compute/snapshots',
  location: 'westeurope',
  sku: { name: 'Standard_LRS' },
  properties: { creationData: { createOption: 'Copy' }, incremental: true, provisioningState: 'Succeeded' },
};

function read(
  body: unknown,
  apiVersion = '2024-03-02',
  path = `${group}/providers/Microsoft.Compute/snapshots/s`,
): ObservedExchange {
  return {
    method: 'GET',
    url: `${origin}${path}?api-version=${apiVersion}`,
    status: 200,
    responseHeaders: { 'content-type': 'application/json' },
    responseBody: body,
  };
}

judging('the live validator', () => {
  it('passes an exchange that Azure’s document describes', async () => {
    expect(await validator.validate(read(snapshot))).toEqual({ kind: 'valid', operation: 'Snapshots_Get' });
  });

  it('passes it at an older api-version, in other letters and with double slashes: the nearest document judges', async () => {
    expect((await validator.validate(read(snapshot, '2022-07-02'))).kind).toBe('valid');
    const path = `${group.toLowerCase()}//providers/microsoft.compute/SNAPSHOTS/s`;
    expect((await validator.validate(read(snapshot, '2024-03-02', path))).kind).toBe('valid');
  });

  it('names an unknown field, a wrong type and a word outside an enum, each with its place', async () => {
    const judged = await validator.validate(
      read({
        ...snapshot,
        extra: 1,
        properties: { ...snapshot.properties, incremental: 'yes', creationData: { createOption: 'Teleport' } },
      }),
    );
    expect(judged).toMatchObject({ kind: 'deviation', operation: 'Snapshots_Get' });
    const places = judged.kind === 'deviation' ? judged.issues.map(({ side, path }) => `${side} ${path}`) : [];
    expect(places).toEqual(expect.arrayContaining(['answer /extra', 'answer /properties/incremental']));
  });

  it('takes newer fields from the newer type descriptions, and still refuses those that no description has', async () => {
    const newer = {
      ...snapshot,
      properties: { ...snapshot.properties, creationData: { createOption: 'Copy', instantAccessDurationMinutes: 60 } },
    };
    expect((await validator.validate(read(newer, '2026-03-02'))).kind).toBe('valid');
    const unknown = { ...snapshot, properties: { ...snapshot.properties, sizeGiB: 4 } };
    expect(await validator.validate(read(unknown, '2026-03-02'))).toMatchObject({
      kind: 'deviation',
      issues: [{ path: '/properties/sizeGiB' }],
    });
  });

  it('judges requests, but not the body of a request that was refused', async () => {
    const put: ObservedExchange = {
      ...read(snapshot),
      method: 'PUT',
      requestBody: { location: 'westeurope', properties: { nonsense: 1 } },
    };
    expect(
      (
        await validator.validate({
          ...put,
          status: 202,
          responseHeaders: { location: 'x', 'content-type': 'application/json' },
        })
      ).kind,
    ).toBe('deviation');
    const error = { error: { code: 'InvalidParameter', message: 'no' } };
    expect((await validator.validate({ ...put, status: 400, responseBody: error })).kind).not.toBe('deviation');
  });

  it('says of a route without a document that it is not validated, with its template', async () => {
    const path = '/subscriptions/5e1a7f04/providers/Microsoft.Compute/locations/westeurope/DiskOperations/77';
    expect(await validator.validate(read({}, '2024-03-02', path))).toEqual({
      kind: 'unvalidated',
      route: 'GET /subscriptions/{}/providers/Microsoft.Compute/locations/{}/DiskOperations/{}',
    });
  });
});

judging('a route that matches everything', () => {
  it('is no document: what only /{resourceId} would describe is not validated', async () => {
    const judged = await validator.validate(read({}, '2021-04-01', '/subscriptions/5e1a7f04/operationresults/ey77'));
    expect(judged).toEqual({ kind: 'unvalidated', route: 'GET /subscriptions/{}/operationresults/{}' });
  });
});

describe('the lists of what is excused', () => {
  it('give a reason for every deviation and every route', () => {
    for (const { reason } of listedDeviations) expect(reason.length).toBeGreaterThan(20);
    for (const { why } of unvalidatedRoutes) expect(why.length).toBeGreaterThan(20);
  });

  it('know a route in any letters, and none that is not listed', () => {
    expect(isKnownRoute('GET /SUBSCRIPTIONS/{}/providers/microsoft.compute/locations/{}/diskoperations/{}')).toBe(true);
    expect(isKnownRoute('GET /subscriptions/{}/providers/Microsoft.Compute/wonders/{}')).toBe(false);
  });

  it('spell routes with every name as {}', () => {
    expect(routeOf(`${origin}${group}/providers/Microsoft.RecoveryServices/vaults/v/backupJobs/7?api-version=1`)).toBe(
      '/subscriptions/{}/resourceGroups/{}/providers/Microsoft.RecoveryServices/vaults/{}/backupJobs/{}',
    );
    expect(routeOf(`${origin}/subscriptions/1/providers/Microsoft.Compute`)).toBe('/subscriptions/{}/providers/{}');
  });
});

judging('the simulator', () => {
  it('answers a snapshot’s whole life as the documents say', async () => {
    const simulator = createSimulator();
    const send = async (method: string, path: string, body?: unknown): Promise<Response> => {
      const init = {
        method,
        headers: { authorization: `Bearer ${simulator.token()}`, 'content-type': 'application/json' },
      };
      const response = await simulator.handle(
        new Request(origin + path, body === undefined ? init : { ...init, body: JSON.stringify(body) }),
      );
      simulator.clock.advance(300_000);
      return response;
    };
    const type = `${group}/providers/Microsoft.Compute/snapshots`;
    await send('PUT', `${group}?api-version=2024-07-01`, { location: 'westeurope' });
    await send('PUT', `${type}/s?api-version=2026-03-02`, {
      location: 'westeurope',
      properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 4 },
    });
    await send('GET', `${type}/s?api-version=2024-03-02`);
    await send('GET', `${type}?api-version=2024-03-02`);
    await send('GET', `${type}/none?api-version=2024-03-02`);
    await send('DELETE', `${type}/s?api-version=2024-03-02`);
    await send('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', {
      query: 'resources | project id',
    });
    await send('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', { query: 'where where' });
    const conformance = await report(exchangesOf(simulator.log()), validator);
    expect(conformance.problems).toEqual([]);
    expect(conformance).toMatchObject({ judged: 8, valid: 7, listed: 1 });
  });
});

const flows = resolve(import.meta.dirname, '../../../shared/real/flows');

describe.skipIf(loaded === undefined || !existsSync(flows))('real Azure', () => {
  it('shows every deviation that is listed: nothing is excused on a guess', async () => {
    const seen = new Set();
    for (const file of readdirSync(flows)) {
      for (const { method, path, query, request, status, headers, body } of readFlow(join(flows, file))) {
        const url = `${origin}${path}?${new URLSearchParams(query).toString()}`;
        const judged = await validator.validate({
          method,
          url,
          requestBody: request,
          status,
          responseHeaders: headers,
          responseBody: body,
        });
        if (judged.kind === 'deviation')
          for (const issue of judged.issues) seen.add(listingOf(judged.operation, issue));
      }
    }
    expect(listedDeviations.filter((each) => !seen.has(each))).toEqual([]);
  });
});

describe.skipIf(loaded === undefined || !existsSync(flows))('the simulator, asked what Azure was asked', () => {
  it('answers nothing that the documents do not describe', { timeout: 120_000 }, async () => {
    for (const file of readdirSync(flows)) {
      const { log } = await replayFlow(readFlow(join(flows, file)));
      const { problems, notJudged } = await report(exchangesOf(log), validator, { answersOnly: true });
      expect({ file, problems, notJudged }).toEqual({ file, problems: [], notJudged: [] });
    }
  });
});

describe('this folder', () => {
  it('copies nothing recorded: it reads the documents where they are', () => {
    for (const file of ['openapi.ts', 'body-types.ts', 'replay.ts']) {
      expect(readFileSync(new URL(file, import.meta.url), 'utf8')).not.toMatch(/clitest|asotest|c7n/);
    }
  });
});
