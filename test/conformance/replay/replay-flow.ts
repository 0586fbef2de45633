import { Router } from '../../../src/simulator/router.ts';
import { AzureError } from '../../../src/simulator/service.ts';
import type { Fleet } from '../../../src/simulator/service.ts';
import { SERVICES } from '../../../src/simulator/services/index.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import { routeOf } from '../openapi.ts';
import type { Answered, Comparison } from './compare.ts';
import { compareAnswers, withoutStrangers } from './compare.ts';
import { Mapping } from './mapping.ts';
import { prerequisitesOf, templateResources } from './prerequisites.ts';
import type { Json, Recorded } from './recording.ts';
import { eachObject, isObject, resourceIdOf } from './recording.ts';
import { outsideScope } from './scope.ts';
import { isPending, StateSequences, stateOf } from './states.ts';

export type Outcome =
  | { readonly kind: 'matched' }
  | { readonly kind: 'mismatch'; readonly differences: readonly string[] }
  /** The simulator was given this answer to start from. */
  | { readonly kind: 'given' }
  | { readonly kind: 'outside'; readonly why: string }
  /** The recording lacks what a comparison needs. */
  | { readonly kind: 'not-comparable'; readonly why: string };

export interface ReplayResult {
  readonly exchanges: readonly { readonly recorded: Recorded; readonly route: string; readonly outcome: Outcome }[];
  readonly sequences: { readonly things: number; readonly different: readonly string[] };
  /** Prerequisites that the simulator would not make. */
  readonly troubles: readonly string[];
  /** Every exchange that the simulator saw, prerequisites included. */
  readonly log: ReturnType<Simulator['log']>;
}

const clientId = '0b5e7f2a-7c1d-4c36-9c61-1a5b8e3f4d10';
const origin = 'https://management.azure.com';
/** How much longer than the recording the simulator may take for one operation before it counts as stuck. */
const patienceMs = 6 * 3_600_000;

/** Sends a recorded conversation to a fresh simulator, at the recorded times, and compares answer by answer. */
export async function replayFlow(flow: readonly Recorded[]): Promise<ReplayResult> {
  return new Replay(flow).run();
}

class Replay {
  readonly #flow: readonly Recorded[];
  readonly #simulator: Simulator;
  readonly #router = new Router(SERVICES);
  readonly #given: ReadonlySet<Recorded>;
  readonly #known: ReadonlySet<string>;
  readonly #mapping = new Mapping();
  readonly #sequences = new StateSequences();
  readonly #troubles: string[] = [];
  /** Recorded operation paths that belong to requests outside scope, with why. */
  readonly #outsideUrls = new Map<string, string>();
  /** Recorded operation paths whose start the simulator answered without an operation. */
  readonly #unstarted = new Set<string>();
  /** Job ids, in lower case, that belong to requests outside scope, with why. */
  readonly #outsideJobs = new Map<string, string>();
  /** Resources, in lower case, that the flow deleted. */
  readonly #deleted: string[] = [];
  readonly #comparison: Comparison;
  readonly #startsAt: number;
  #recordedNow: number;

  constructor(flow: readonly Recorded[]) {
    this.#flow = flow;
    const sentKeys = new Set<string>();
    for (const { request } of flow)
      eachObject(request, (object) => Object.keys(object).forEach((key) => sentKeys.add(key)));
    this.#comparison = {
      mapping: this.#mapping,
      retryAfter: flow.some(({ headers }) => 'retry-after' in headers),
      sentKeys,
    };
    this.#startsAt = flow.find(({ at }) => at !== undefined)?.at ?? Date.UTC(2026, 0, 5);
    this.#recordedNow = this.#startsAt;
    const { subscriptions, resources, given, known } = prerequisitesOf(flow);
    this.#given = given;
    this.#known = known;
    const fleet: Fleet = {
      tenantId: '4f1c0d8e-52a7-4c0e-a3c2-6d0f7b9e1a22',
      subscriptions: subscriptions.map((id) => ({ id, name: 'Replayed' })),
      resources,
      principals: [
        {
          clientId,
          name: 'replay',
          assignments: subscriptions.map((id) => ({ scope: `/subscriptions/${id}`, actions: ['*'] })),
        },
      ],
    };
    this.#simulator = createSimulator({
      fleet,
      startsAt: this.#startsAt,
      pageSize: 200,
      graphPageSize: 1000,
      graphLagMs: 0,
      speed: 1000,
    });
  }

  async run(): Promise<ReplayResult> {
    const exchanges: { recorded: Recorded; route: string; outcome: Outcome }[] = [];
    for (const recorded of this.#flow) {
      this.#passTime(recorded);
      const outcome = await this.#replay(recorded);
      exchanges.push({ recorded, route: `${recorded.method} ${routeOf(origin + recorded.path)}`, outcome });
    }
    return { exchanges, sequences: this.#sequences.result(), troubles: this.#troubles, log: this.#simulator.log() };
  }

  /** The simulator's clock follows the recorded one; without dates a poll waits ten seconds. */
  #passTime(recorded: Recorded): void {
    const next = recorded.at ?? this.#recordedNow + (recorded.method === 'GET' ? 10_000 : 1000);
    const step = Math.max(0, next - this.#recordedNow);
    this.#recordedNow += step;
    if (step > 0) this.#simulator.clock.advance(step);
  }

  async #replay(recorded: Recorded): Promise<Outcome> {
    const why = this.#whyOutside(recorded);
    if (why !== undefined) {
      this.#noteOperations(recorded, undefined, why);
      if (/\/deployments\/[^/]+$/i.test(recorded.path) && recorded.method === 'PUT' && recorded.status < 300)
        await this.#deploy(recorded);
      return { kind: 'outside', why };
    }
    if (recorded.status === 429 || recorded.status >= 500)
      return { kind: 'not-comparable', why: `recorded trouble of the service (${recorded.status})` };
    if (recorded.request !== undefined && !isObject(recorded.request))
      return { kind: 'not-comparable', why: 'the request body was not recorded' };
    if (recorded.query['$skiptoken'] !== undefined || recorded.query['$skipToken'] !== undefined) {
      if (this.#mapping.urlFor(recorded.path, recorded.query) === undefined)
        return { kind: 'not-comparable', why: 'a further page of a list that is longer than the simulator’s' };
    }
    if (this.#unstarted.has(pathKey(recorded)))
      return { kind: 'mismatch', differences: ['poll of an operation that the simulator did not start'] };
    const { answer, states } = await this.#ask(recorded);
    return this.#judge(recorded, answer, states);
  }

  #judge(recorded: Recorded, answer: Answered, states: readonly (string | undefined)[]): Outcome {
    const recordedState = stateOf(recorded);
    const isPoll = recorded.method === 'GET';
    if (isPoll && !this.#isOperationOfDeleted(recorded))
      this.#sequences.note(pathKey(recorded), routeOf(origin + recorded.path), recordedState, states);
    this.#noteOperations(recorded, answer, undefined);
    this.#mapping.learnBodies(recorded.body, answer.body);
    if (this.#given.has(recorded)) return { kind: 'given' };
    if (recorded.method === 'DELETE' && recorded.status < 300) this.#deleted.push(pathKey(recorded));
    if (
      this.#isOperationOfDeleted(recorded) &&
      [recorded, answer].every(({ status, body }) => status === 404 || stateOf({ status, body }) === 'Succeeded')
    ) {
      return { kind: 'matched' };
    }
    // Asked too early or too late the same thing has another body; the sequence of states tells of that.
    const simulatedState = stateOf(answer);
    if (
      isPoll &&
      recordedState !== simulatedState &&
      isPending(recordedState) &&
      recorded.status < 300 &&
      answer.status < 300
    )
      return { kind: 'matched' };
    const expected = { ...recorded, body: withoutStrangers(recorded.body, this.#known) };
    const differences = compareAnswers(expected, answer, this.#comparison);
    return differences.length === 0 ? { kind: 'matched' } : { kind: 'mismatch', differences };
  }

  /** The status URL of a deletion lies under what it deletes: Azure answers Succeeded there or 404, as it happens. */
  #isOperationOfDeleted(recorded: Recorded): boolean {
    return (
      recorded.method === 'GET' &&
      this.#deleted.some(
        (id) =>
          /^\/operation(?:Status|Results)\//i.test(pathKey(recorded).slice(id.length)) &&
          pathKey(recorded).startsWith(id),
      )
    );
  }

  #whyOutside(recorded: Recorded): string | undefined {
    const last = pathKey(recorded).split('/').at(-1) ?? '';
    return (
      this.#outsideUrls.get(pathKey(recorded)) ??
      this.#outsideJobs.get(last) ??
      outsideScope(recorded, this.#isServed(recorded))
    );
  }

  #isServed({ method, path }: Recorded): boolean {
    try {
      this.#router.match(method, path);
      return true;
    } catch (error) {
      if (!(error instanceof AzureError)) throw error;
      return false;
    }
  }

  /** Remembers where the recorded operation lives, and what the simulator calls it. */
  #noteOperations(recorded: Recorded, answer: Answered | undefined, why: string | undefined): void {
    for (const name of ['azure-asyncoperation', 'location']) {
      const url = recorded.headers[name];
      if (url === undefined || !URL.canParse(url)) continue;
      const key = decodeURIComponent(new URL(url).pathname).toLowerCase();
      // Clients also ask for an operation by its id, at a path of their own.
      if (why !== undefined) this.#outsideJobs.set(key.split('/').at(-1) ?? '', why);
      const simulated = answer?.headers[name];
      if (why !== undefined) this.#outsideUrls.set(key, why);
      else if (simulated !== undefined) this.#mapping.learnUrl(url, simulated);
      else if (answer && recorded.method !== 'GET') this.#unstarted.add(key);
    }
    const properties =
      isObject(recorded.body) && isObject(recorded.body['properties']) ? recorded.body['properties'] : {};
    if (why !== undefined && typeof properties['jobId'] === 'string')
      this.#outsideJobs.set(properties['jobId'].toLowerCase(), why);
    const [next, other] = [recorded.body, answer?.body].map((body) => (isObject(body) ? body['nextLink'] : undefined));
    if (typeof next === 'string' && typeof other === 'string') this.#mapping.learnUrl(next, other);
  }

  /** Asks once, and goes on asking where the recording has come to an end that the simulator has yet to reach. */
  async #ask(recorded: Recorded): Promise<{ answer: Answered; states: readonly (string | undefined)[] }> {
    let answer = await this.#send(recorded);
    const states = [stateOf(answer)];
    const wanted = stateOf(recorded);
    if (recorded.method !== 'GET' || wanted === undefined || isPending(wanted)) return { answer, states };
    for (
      let waited = 0, step = 10_000;
      waited < patienceMs && isPending(stateOf(answer));
      waited += step, step = Math.min(step * 1.5, 600_000)
    ) {
      this.#simulator.clock.advance(step);
      answer = await this.#send(recorded);
      states.push(stateOf(answer));
    }
    return { answer, states };
  }

  async #send(recorded: Recorded): Promise<Answered> {
    const known = recorded.method === 'GET' ? this.#mapping.urlFor(recorded.path, recorded.query) : undefined;
    return this.#exchange(recorded.method, known ?? this.#urlOf(recorded), this.#mapping.rewriteBody(recorded.request));
  }

  #urlOf({ path, query }: Recorded): string {
    const url = new URL(origin);
    url.pathname = this.#mapping
      .rewrite(path)
      .split('/')
      .map((part) => encodeURIComponent(part))
      .join('/');
    for (const [name, value] of Object.entries(query)) {
      // The recorded signature of an operation URL is nobody's business here.
      if (!/^[tcsh]$/.test(name)) url.searchParams.set(name, this.#mapping.rewrite(value));
    }
    return url.href;
  }

  async #exchange(method: string, url: string, body: unknown): Promise<Answered> {
    const request = new Request(url, {
      method,
      headers: { authorization: `Bearer ${this.#simulator.token(clientId)}`, 'content-type': 'application/json' },
      ...(body === undefined || method === 'GET' || method === 'HEAD' ? {} : { body: JSON.stringify(body) }),
    });
    let response: Response;
    try {
      response = await this.#simulator.handle(request);
    } catch (error) {
      // A mistake in the simulator is a mismatch to be named, not the end of the replay.
      return { status: 0, headers: {}, body: { error: { code: 'Thrown', message: String(error) } } };
    }
    const text = await response.text();
    return {
      status: response.status,
      headers: Object.fromEntries([...response.headers].map(([name, value]) => [name.toLowerCase(), value])),
      body: text === '' ? undefined : (JSON.parse(text) as Json),
    };
  }

  /** A template deployment is outside scope, but what it makes is not: each resource is PUT as the template has it. */
  async #deploy(recorded: Recorded): Promise<void> {
    for (const { id, type, apiVersion, body } of templateResources(
      resourceIdOf(recorded.path) ?? '',
      recorded.request,
    )) {
      if (!deployed.test(type)) continue;
      const answer = await this.#exchange('PUT', `${origin}${id}?api-version=${apiVersion}`, body);
      if (answer.status >= 300)
        this.#troubles.push(
          `#${recorded.i} makes ${type}, which the simulator refuses: ${JSON.stringify(answer.body)}`,
        );
    }
  }
}

/** What a template's resources are PUT as; a client of 2015 still makes its storage account in a dialect of its own. */
const deployed =
  /^Microsoft\.(?:Compute\/(?:virtualMachines|disks|snapshots|images)|RecoveryServices\/vaults|Network\/(?:virtualNetworks|networkInterfaces|networkSecurityGroups))$/i;

function pathKey({ path }: Recorded): string {
  return path.toLowerCase();
}
