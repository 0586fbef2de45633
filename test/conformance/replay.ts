import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { printFlow, printTable } from './replay/print.ts';
import { readFlow, UnreadableFlow } from './replay/recording.ts';
import { replayFlow } from './replay/replay-flow.ts';

const usage = 'usage: npm run replay -- FLOW.jsonl …\n       npm run replay -- --all DIR\n';

/** Replays flows and prints how far the simulator answers as the recording does. Answers the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const all = argv[0] === '--all';
  if (argv.length === 0 || (all && argv.length !== 2)) {
    process.stderr.write(usage);
    return 2;
  }
  try {
    const files = all ? flowsIn(argv[1]!) : argv;
    const results = [];
    for (const file of files)
      results.push({ name: basename(file, '.jsonl'), result: await replayFlow(readFlow(file)) });
    if (!all) for (const { name, result } of results) process.stdout.write(printFlow(name, result));
    if (all || results.length > 1) process.stdout.write(printTable(results));
    return 0;
  } catch (error) {
    if (!(error instanceof UnreadableFlow)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function flowsIn(folder: string): readonly string[] {
  try {
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .sort();
    if (files.length === 0) throw new UnreadableFlow(`${folder}: no .jsonl file in it`);
    return files.map((name) => join(folder, name));
  } catch (error) {
    if (error instanceof UnreadableFlow) throw error;
    throw new UnreadableFlow(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
