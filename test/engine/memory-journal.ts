/** A journal in memory that survives the "process" using it, and can be torn as a crash tears a file. */
import type { JournalStore } from '../../src/engine/ports.ts';

export interface MemoryJournal extends JournalStore {
  readonly lines: string[];
}

export const memoryJournal = (lines: string[] = []): MemoryJournal => ({
  name: 'plan.json.journal.ndjson',
  lines,
  read: () => Promise.resolve([...lines]),
  append: (line) => {
    lines.push(line);
    return Promise.resolve();
  },
  keep: (count) => {
    lines.length = count;
    return Promise.resolve();
  },
});
