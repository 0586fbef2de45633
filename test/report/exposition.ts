/**
 * A strict reader of Prometheus' text format, written from its page alone:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

class Line {
  at = 0;
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  fail(why: string): never {
    throw new Error(`${why} at ${this.at}: ${this.text}`);
  }
  take(pattern: RegExp, what: string): string {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = this.at;
    const match = sticky.exec(this.text);
    if (!match) return this.fail(`${what} expected`);
    this.at = sticky.lastIndex;
    return match[0];
  }
  has(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }
}

/** `\\`, `\"` and `\n` are the only escapes. */
const quoted = (line: Line): string => {
  if (!line.has('"')) line.fail('a quote expected');
  let text = '';
  for (;;) {
    const char = line.text[line.at];
    if (char === undefined) return line.fail('the label value does not end');
    line.at += 1;
    if (char === '"') return text;
    if (char !== '\\') {
      text += char;
      continue;
    }
    const escape = line.text[line.at];
    line.at += 1;
    if (escape === 'n') text += '\n';
    else if (escape === '"' || escape === '\\') text += escape;
    else line.fail('an escape that is none');
  }
};

const sampleOf = (text: string): ParsedSample => {
  const line = new Line(text);
  const name = line.take(/[a-zA-Z_:][a-zA-Z0-9_:]*/, 'a metric name');
  const labels: Record<string, string> = {};
  if (line.has('{')) {
    while (!line.has('}')) {
      const label = line.take(/[a-zA-Z_][a-zA-Z0-9_]*/, 'a label name');
      if (label.startsWith('__')) line.fail('a reserved label name');
      if (label in labels) line.fail('a label twice');
      if (!line.has('=')) line.fail('= expected');
      labels[label] = quoted(line);
      if (!line.has(',') && line.text[line.at] !== '}') line.fail('a comma expected');
    }
  }
  line.take(/ /, 'a space');
  const value = line.take(/[+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf)|NaN/, 'a value');
  // A timestamp would be allowed by the format, and is not by the textfile collector.
  if (line.at !== text.length) line.fail('nothing more expected');
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
};

const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  summary: ['', '_sum', '_count'],
};

/** Throws at the first thing that is not as the page says. */
export const parseExposition = (text: string): readonly ParsedFamily[] => {
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed');
  if (text.includes('\r')) throw new Error('lines end with a line feed alone');
  const families: { name: string; type?: string; help?: string; samples: ParsedSample[] }[] = [];
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    if (line === '' || (line.startsWith('#') && !comment)) continue;
    if (comment) {
      const [, kind, name, rest] = comment as unknown as [string, string, string, string];
      if (families.at(-1)?.name !== name) {
        if (families.some((family) => family.name === name)) throw new Error(`${name} is in two groups`);
        families.push({ name, samples: [] });
      }
      const family = families.at(-1)!;
      if (family.samples.length > 0) throw new Error(`${kind} of ${name} after its samples`);
      if (kind === 'TYPE') {
        if (family.type !== undefined || !(rest in suffixes)) throw new Error(`TYPE of ${name}: ${rest}`);
        family.type = rest;
      } else {
        if (family.help !== undefined || /\\[^\\n]/.test(rest)) throw new Error(`HELP of ${name}: ${rest}`);
        family.help = rest;
      }
      continue;
    }
    const sample = sampleOf(line);
    const family = families.at(-1);
    const { type } = family ?? {};
    if (family === undefined || type === undefined) throw new Error(`a sample without a type: ${line}`);
    if (!suffixes[type]!.some((suffix) => sample.name === family.name + suffix))
      throw new Error(`${sample.name} is not of ${family.name}`);
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).map(String).toSorted()]);
    if (seen.has(key)) throw new Error(`a sample twice: ${line}`);
    seen.add(key);
    if (type === 'counter' && (!(sample.value >= 0) || !family.name.endsWith('_total')))
      throw new Error(`no counter: ${line}`);
    family.samples.push(sample);
  }
  return families.map(({ name, type, help, samples }) => {
    if (type === undefined || help === undefined) throw new Error(`${name} has no type or no help`);
    return { name, type, help, samples };
  });
};
