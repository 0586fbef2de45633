/** A POST to a receiver goes by the environment's proxy and trusts what NODE_EXTRA_CA_CERTS names: both are read by a process. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReceiver, type ReceiverServer } from '../cli/receiver.ts';

const root = join(import.meta.dirname, '..', '..');

/** What a fresh process with that environment gets: a status, or the code of the error. */
const post = async (url: string, env: Readonly<Record<string, string>>): Promise<string> => {
  const script = `
    import { makePost } from ${JSON.stringify(join(root, 'src', 'azure', 'web-post.ts'))};
    const send = makePost('holdfast/0');
    const ask = { url: new URL(${JSON.stringify(url)}), headers: {}, body: '{}', signal: new AbortController().signal };
    console.log(await send(ask).then(({ status }) => status, ({ code }) => code));`;
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  await new Promise((done) => child.on('close', done));
  return out.trim();
};

describe('a POST to a receiver', () => {
  let receiver: ReceiverServer;
  let proxy: Server;
  let folder = '';
  let trusted: Readonly<Record<string, string>>;
  let proxied: Readonly<Record<string, string>>;
  const tunnels: string[] = [];

  beforeAll(async () => {
    receiver = await startReceiver([{ status: 204 }]);
    folder = mkdtempSync(join(tmpdir(), 'holdfast-post-'));
    writeFileSync(join(folder, 'ca.pem'), receiver.ca!);
    proxy = createServer().on('connect', (request, socket) => {
      tunnels.push(request.url ?? '');
      const { hostname, port } = new URL(`http://${request.url ?? ''}`);
      const through = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        through.pipe(socket).pipe(through);
      });
      through.on('error', () => socket.destroy());
      socket.on('error', () => through.destroy());
    });
    await new Promise<void>((go) => {
      proxy.listen(0, '127.0.0.1', () => go());
    });
    trusted = { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') };
    proxied = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  });
  afterAll(async () => {
    proxy.closeAllConnections();
    proxy.close();
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('trusts the certificates of NODE_EXTRA_CA_CERTS, and without them nobody it should not', async () => {
    expect(await post(`${receiver.origin}/x`, trusted)).toBe('204');
    expect(await post(`${receiver.origin}/x`, {})).toMatch(/CERT|ISSUER|SELF_SIGNED|SIGNATURE/);
    expect([receiver.received.length, tunnels]).toEqual([1, []]);
  });

  it('goes through the proxy of HTTPS_PROXY, and past it where NO_PROXY says so', async () => {
    const { host } = new URL(receiver.origin);
    expect(await post(`${receiver.origin}/x`, { ...trusted, ...proxied })).toBe('204');
    expect(tunnels).toEqual([host]);
    expect(await post(`${receiver.origin}/x`, { ...trusted, ...proxied, NO_PROXY: 'localhost' })).toBe('204');
    expect(tunnels).toEqual([host]);
  });
});
