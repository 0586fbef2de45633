import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { serve, type Served } from '../../src/simulator/https-server.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';

const folders: string[] = [];
const running: Served[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((served) => served.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

interface Reply {
  readonly status: number;
  readonly text: string;
}

function ask(url: string, ca: string, headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function started(options: Parameters<typeof createSimulator>[0] = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  folders.push(folder);
  const simulator = createSimulator(options);
  const cloudFile = join(folder, 'cloud.json');
  const served = await serve(simulator, { cloudFile, controlPort: 0, logFile: `${cloudFile}.log` });
  running.push(served);
  return { simulator, served, cloudFile };
}

describe('the HTTPS server', () => {
  it('writes a cloud file that leads to it, readable by its owner alone', async () => {
    const { served, cloudFile } = await started({ speed: 60 });
    const cloud = JSON.parse(readFileSync(cloudFile, 'utf8')) as Record<string, never>;
    expect(cloud).toMatchObject({
      resourceManager: served.url,
      authority: `${served.url}/adfs`,
      timeScale: 60,
      credential: { clientSecretFile: `${cloudFile}.secret` },
    });
    for (const file of served.files) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(
      (await ask(`${served.url}/metadata/endpoints?api-version=2022-09-01`, readFileSync(cloud['caFile']!, 'utf8')))
        .status,
    ).toBe(200);
    await expect(ask(`${served.url}/metadata/endpoints`, '')).rejects.toThrow();
  });

  it('answers absolute URLs with its own port', async () => {
    const { simulator, served } = await started({ pageSize: 1 });
    const reply = await ask(
      `${served.url}/subscriptions/${simulator.fleet.subscriptions[0]!.id}/providers?api-version=2022-09-01`,
      served.caPem,
      { authorization: `Bearer ${simulator.token()}` },
    );
    expect((JSON.parse(reply.text) as { nextLink: string }).nextLink.startsWith(`${served.url}/`)).toBe(true);
  });

  it('cuts the connection where a fault says so', async () => {
    const { served } = await started({ faults: [{ fault: 'reset-before', path: '/metadata' }] });
    await expect(ask(`${served.url}/metadata/endpoints`, served.caPem)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await ask(`${served.url}/metadata/endpoints`, served.caPem)).status).toBe(200);
  });

  it('has a control port beside it: the clock, the state and the log', async () => {
    const { simulator, served, cloudFile } = await started();
    const before = simulator.clock.now();
    const advanced = await fetch(`${served.controlUrl}/clock/advance`, { method: 'POST', body: '{"seconds": 3600}' });
    expect(advanced.status).toBe(200);
    expect(simulator.clock.now() - before).toBeGreaterThanOrEqual(3_600_000);
    expect(
      (await fetch(`${served.controlUrl}/clock/advance`, { method: 'POST', body: '{"seconds": -1}' })).status,
    ).toBe(400);
    expect(await (await fetch(`${served.controlUrl}/state`)).json()).toHaveProperty('resources');
    await ask(`${served.url}/metadata/endpoints`, served.caPem);
    expect(await (await fetch(`${served.controlUrl}/log`)).json()).toMatchObject([
      { seq: 1, method: 'GET', status: 200, accepted: false },
    ]);
    expect(JSON.parse(readFileSync(`${cloudFile}.log`, 'utf8'))).toMatchObject({ seq: 1, principal: null });
  });
});
