import { parseFleet } from '../../src/simulator/fleet-file.ts';
import type { CreateOptions, Simulator } from '../../src/simulator/simulator.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { Mutable } from '../../src/simulator/service.ts';

export const SUBSCRIPTION = '5e1a7f04-0c7b-4d0e-9b0a-1f6f0d9b7a01';
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-app`;
export const ORIGIN = 'https://management.azure.com';

export interface Exchanged {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Mutable;
}

/** A simulator in process with one group, spoken to as an ARM client would, without a socket. */
export class Rig {
  readonly simulator: Simulator;
  readonly #token: string;

  constructor(options: CreateOptions = {}) {
    this.simulator = createSimulator(options);
    this.#token = this.simulator.token();
  }

  async send(
    method: string,
    pathOrUrl: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Exchanged> {
    const request = new Request(pathOrUrl.startsWith('https:') ? pathOrUrl : ORIGIN + pathOrUrl, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const response = await this.simulator.handle(request);
    const text = await response.text();
    const parsed: unknown = text === '' ? {} : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: parsed as Mutable };
  }

  /** Follows an accepted write to its end by advancing the clock; answers the last status document. */
  async settle(accepted: Exchanged): Promise<Mutable> {
    const url = accepted.headers.get('azure-asyncoperation');
    if (url === null) throw new Error(`no operation to follow in a ${accepted.status}`);
    for (let round = 0; round < 200; round += 1) {
      const polled = await this.send('GET', url);
      if (polled.body['status'] !== 'InProgress') return polled.body;
      // What takes long is asked about less often.
      const patience = round < 40 ? 1 : 15;
      this.simulator.clock.advance(Number(polled.headers.get('retry-after') ?? '1') * patience * 1000);
    }
    throw new Error('the operation did not end within 200 polls');
  }

  async group(name = 'rg-app', location = 'westeurope'): Promise<void> {
    await this.send('PUT', `/subscriptions/${SUBSCRIPTION}/resourceGroups/${name}?api-version=2022-09-01`, {
      location,
    });
  }

  async disk(name: string, more: { sizeGiB?: number; sku?: string; location?: string } = {}): Promise<Mutable> {
    const accepted = await this.send(
      'PUT',
      `${GROUP}/providers/Microsoft.Compute/disks/${name}?api-version=2024-03-02`,
      {
        location: more.location ?? 'westeurope',
        sku: { name: more.sku ?? 'Premium_LRS' },
        properties: { creationData: { createOption: 'Empty' }, diskSizeGB: more.sizeGiB ?? 64 },
      },
    );
    await this.settle(accepted);
    return (await this.send('GET', `${GROUP}/providers/Microsoft.Compute/disks/${name}?api-version=2024-03-02`)).body;
  }
}

/** A simulator with the machines of a fleet file's list, `  - { name: vm-1 }` and so on. */
export function rigOf(machines: string, options: CreateOptions = {}): Rig {
  const text = `subscriptions: [{ key: main, id: ${SUBSCRIPTION}, name: Main }]\nmachines:\n${machines}`;
  const parsed = parseFleet(text, 'f.yaml', Date.UTC(2026, 10, 2, 8));
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return new Rig({ fleet: parsed.fleet, ...options });
}
