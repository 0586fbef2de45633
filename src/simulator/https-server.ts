import { writeFileSync, rmSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { makeCertificates } from './certificates.ts';
import { control } from './control.ts';
import { ConnectionReset } from './faults.ts';
import { SIMULATED_SECRET } from './identity.ts';
import type { Simulator } from './simulator.ts';

export interface ServeOptions {
  /** 0: any free port. */
  readonly port?: number;
  /** Plain HTTP on loopback; absent: no control port. 0: any free port. */
  readonly controlPort?: number;
  /** Where to write what clients need to find and trust this server. */
  readonly cloudFile?: string;
  /** Where to write every exchange, one JSON line each. */
  readonly logFile?: string;
}

export interface Served {
  readonly url: string;
  readonly port: number;
  readonly controlUrl: string | undefined;
  readonly caPem: string;
  /** Files written beside the cloud file. */
  readonly files: readonly string[];
  close(): Promise<void>;
}

/** Puts a simulator behind HTTPS on loopback and lets its clock run. */
export async function serve(simulator: Simulator, options: ServeOptions = {}): Promise<Served> {
  if (options.logFile !== undefined) simulator.logTo(options.logFile);
  const certificates = await makeCertificates();
  const server = createServer(
    { key: certificates.keyPem, cert: certificates.certificatePem + certificates.caPem },
    (request, response) => {
      void answer(simulator, request, response);
    },
  );
  const port = await listen(server, options.port ?? 0);
  const url = `https://localhost:${port}`;
  simulator.clock.follow(() => performance.now(), simulator.speed);
  let controlServer: HttpServer | undefined;
  let controlUrl: string | undefined;
  let files: readonly string[] = [];
  try {
    if (options.controlPort !== undefined) {
      controlServer = createHttpServer((request, response) => void control(simulator, request, response));
      controlUrl = `http://127.0.0.1:${await listen(controlServer, options.controlPort)}`;
    }
    if (options.cloudFile !== undefined) files = writeCloudFile(simulator, options.cloudFile, url, certificates.caPem);
  } catch (error) {
    // A server left listening would keep the process alive after its error was told.
    await Promise.all([stop(server), controlServer?.listening ? stop(controlServer) : undefined]);
    throw error;
  }
  return {
    url,
    port,
    controlUrl,
    caPem: certificates.caPem,
    files,
    close: async () => {
      await Promise.all([stop(server), controlServer ? stop(controlServer) : undefined]);
      for (const file of files) rmSync(file, { force: true });
    },
  };
}

async function listen(server: Server | HttpServer, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return (server.address() as AddressInfo).port;
}

function stop(server: Server | HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The cloud file, the authority and the throw-away secret beside it: readable by their owner alone. */
function writeCloudFile(simulator: Simulator, cloudFile: string, url: string, caPem: string): readonly string[] {
  const caFile = `${cloudFile}.ca.pem`;
  const secretFile = `${cloudFile}.secret`;
  const cloud = {
    name: 'Simulated',
    resourceManager: url,
    authority: `${url}/adfs`,
    audience: `${url}/`,
    retailPrices: url,
    caFile,
    tenantId: simulator.fleet.tenantId,
    subscriptions: simulator.fleet.subscriptions.map(({ id }) => id),
    timeScale: simulator.speed,
    credential: { clientId: simulator.fleet.principals[0]?.clientId, clientSecretFile: secretFile },
  };
  const write = (file: string, text: string): void => {
    rmSync(file, { force: true });
    writeFileSync(file, text, { mode: 0o600 });
  };
  write(caFile, caPem);
  write(secretFile, SIMULATED_SECRET);
  write(cloudFile, `${JSON.stringify(cloud, null, 2)}\n`);
  return [cloudFile, caFile, secretFile];
}

async function answer(simulator: Simulator, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const response = await simulator.handle(await toRequest(incoming));
    const body = Buffer.from(await response.arrayBuffer());
    const headers = Object.fromEntries(response.headers);
    outgoing.writeHead(response.status, { ...headers, 'content-length': String(body.length) });
    outgoing.end(body);
  } catch (error) {
    if (!(error instanceof ConnectionReset))
      process.emitWarning(error instanceof Error ? error : String(error), 'SimulatorBug');
    outgoing.destroy();
  }
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (typeof value === 'string') headers.set(name, value);
    else if (value) for (const one of value) headers.append(name, one);
  }
  const method = incoming.method ?? 'GET';
  const url = `https://${incoming.headers.host ?? 'localhost'}${incoming.url ?? '/'}`;
  const body = Buffer.concat(chunks);
  return new Request(url, {
    method,
    headers,
    ...(body.length > 0 && method !== 'GET' && method !== 'HEAD' ? { body } : {}),
  });
}
