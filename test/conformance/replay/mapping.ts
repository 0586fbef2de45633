import { isObject } from './recording.ts';

/**
 * What the simulator calls the things that the recording names: operation ids, job ids, made-up names.
 * Learnt from each pair of answers, by place; used to rewrite the requests that follow.
 */
export class Mapping {
  readonly #tokens = new Map<string, string>();
  /** Recorded URL without its query → the simulator's URL, verbatim. */
  readonly #urls = new Map<string, string>();

  /** The simulator's URL for a recorded one that an answer handed out; `undefined` for one the client built. */
  urlFor(path: string, query: Readonly<Record<string, string>>): string | undefined {
    const monitor = query['monitor'] === 'true' ? '?monitor' : '';
    const skip = query['$skipToken'] ?? query['$skiptoken'];
    return this.#urls.get(`${path.toLowerCase()}${monitor}${skip === undefined ? '' : `?${skip}`}`);
  }

  /** Learns from a header or a next link that both answers carry. */
  learnUrl(recorded: string, simulated: string): void {
    const [a, b] = [parse(recorded), parse(simulated)];
    if (!a || !b) return;
    const monitor = a.searchParams.get('monitor') === 'true' ? '?monitor' : '';
    const skip = [...a.searchParams].find(([name]) => name.toLowerCase() === '$skiptoken')?.[1];
    this.#urls.set(
      `${decodeURIComponent(a.pathname).toLowerCase()}${monitor}${skip === undefined ? '' : `?${skip}`}`,
      simulated,
    );
    this.#learnPath(a.pathname, b.pathname);
  }

  /**
   * Learns from two bodies: where text differs in the same place and looks made by a server, it names the same thing.
   */
  learnBodies(recorded: unknown, simulated: unknown): void {
    if (typeof recorded === 'string' && typeof simulated === 'string') {
      if (/^(?:https:\/\/|\/subscriptions\/)/i.test(recorded)) this.#learnPath(recorded, simulated);
      else if (looksMade(recorded) && looksMade(simulated)) this.#learn(recorded, simulated);
    } else if (Array.isArray(recorded) && Array.isArray(simulated)) {
      for (const [a, b] of this.pairs(recorded, simulated)) this.learnBodies(a, b);
    } else if (isObject(recorded) && isObject(simulated)) {
      for (const key of Object.keys(recorded)) if (key in simulated) this.learnBodies(recorded[key], simulated[key]);
    }
  }

  /** Elements that stand for one another: by name or id where they have one, else by place. */
  pairs(recorded: readonly unknown[], simulated: readonly unknown[]): readonly (readonly [unknown, unknown])[] {
    const left = [...simulated];
    const paired: (readonly [unknown, unknown])[] = [];
    const rest: unknown[] = [];
    for (const each of recorded) {
      const name = this.#nameOf(each, true);
      const index = name === undefined ? -1 : left.findIndex((other) => this.#nameOf(other, false) === name);
      if (index === -1) rest.push(each);
      else paired.push([each, left.splice(index, 1)[0]]);
    }
    return [...paired, ...rest.slice(0, left.length).map((each, i) => [each, left[i]] as const)];
  }

  /** A recorded text in the simulator's words. */
  rewrite(text: string): string {
    if (this.#tokens.size === 0) return text;
    const whole = this.#tokens.get(text.toLowerCase());
    if (whole !== undefined) return whole;
    return text.replaceAll(/[^/;,?&=\s'"]+/g, (word) => this.#tokens.get(word.toLowerCase()) ?? word);
  }

  rewriteBody(value: unknown): unknown {
    if (typeof value === 'string') return this.rewrite(value);
    if (Array.isArray(value)) return value.map((each) => this.rewriteBody(each));
    if (isObject(value))
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.rewriteBody(each)]));
    return value;
  }

  #nameOf(value: unknown, recorded: boolean): string | undefined {
    if (!isObject(value)) return undefined;
    const name = namingKeys
      .map((key) => value[key])
      .find((each) => typeof each === 'string' || typeof each === 'number');
    if (name === undefined) return undefined;
    return (recorded ? this.rewrite(String(name)) : String(name)).toLowerCase();
  }

  #learnPath(recorded: string, simulated: string): void {
    const split = (text: string): string[] => (text.split('?')[0] ?? '').split('/').map((part) => decode(part));
    const [a, b] = [split(recorded), split(simulated)];
    if (a.length !== b.length) return;
    a.forEach((part, i) => {
      const other = b[i]!;
      // A name before its type is a literal; only what a server may have made is learnt.
      if (part.toLowerCase() !== other.toLowerCase() && (looksMade(part) || looksMade(other))) this.#learn(part, other);
    });
  }

  #learn(recorded: string, simulated: string): void {
    const key = recorded.toLowerCase();
    if (key !== simulated.toLowerCase() && key.length >= 6 && !/^0{8}-0{4}-/.test(key))
      this.#tokens.set(key, simulated);
  }
}

const namingKeys = ['id', 'name', 'lun', 'taskId', 'key', 'code', 'friendlyName'];

/** Guids, long numbers, base64 and names with a hash in them. */
function looksMade(text: string): boolean {
  return (
    /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text) ||
    /^\d{9,}$/.test(text) ||
    /^[\w+/-]{16,}={0,2}$/.test(text) ||
    /_[0-9a-f]{16,}$/i.test(text)
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
