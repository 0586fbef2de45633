/**
 * What runs of a job leave on disk: each part's plan and journal, in the job's folder until there is nothing more to do for it,
 * then in `done`. A part found in the folder itself is one that was cut short.
 */
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { makeFolders } from '../../azure/make-folders.ts';
import { damagedPartCode } from '../../core/job/job-run.ts';
import { parsePlanFile, planText } from '../../core/plan-file.ts';
import type { Plan } from '../../core/plan.ts';
import { UsageError, type Problem } from '../../core/problem.ts';
import { dayMs } from '../../core/time.ts';
import { fileProblem, isFileError } from '../file-problem.ts';
import { checkWritable, writeFileAtomically } from '../files.ts';
import { openJournalFile, type JournalFile } from '../journal-file.ts';
import { journalPath } from '../journal-of.ts';

/** `take2` and on: what had to wait for Azure, by the moment for which it did. `thaw1` and on: second tries at what froze. */
export type PartName = 'take' | `take${number}` | `thaw${number}` | 'copy' | 'prune';

export interface Part {
  /** `202606030200-1a2b3c.take`. */
  readonly name: string;
  readonly plan: Plan;
}

export interface RunStore {
  /** Throws UsageError where nothing can be kept: a run finds that before it writes anything to Azure. */
  prepare(): Promise<void>;
  /** Parts that were cut short, the oldest first; a file that is no plan is told, and left where it is. */
  unfinished(): Promise<{ readonly parts: readonly Part[]; readonly problems: readonly Problem[] }>;
  /** Where its plan stands; the journal is beside it. */
  pathOf(part: Pick<Part, 'name'>): string;
  /** Durable before it resolves. */
  save(part: Part): Promise<void>;
  journal(part: Part): Promise<JournalFile>;
  finish(part: Part): Promise<void>;
  /** Drops finished parts whose name says that they are older than 30 days. */
  clean(nowMs: number): Promise<void>;
}

const keptDays = 30;

/** `folder`: the job's own; it is made when first needed. */
export const makeRunStore = (folder: string): RunStore => {
  const done = join(folder, 'done');
  const pathOf = ({ name }: Pick<Part, 'name'>): string => join(folder, `${name}.json`);
  return {
    pathOf,
    async prepare() {
      try {
        makeFolders(folder);
      } catch (error) {
        throw isFileError(error) ? new UsageError([fileProblem(error)]) : error;
      }
      await checkWritable(pathOf({ name: 'part' }));
    },
    async unfinished() {
      const names = (await namesIn(folder)).filter((name) => /^\d{12}-[0-9a-f]+\.[a-z]+[0-9]*\.json$/.test(name));
      const parts: Part[] = [];
      const problems: Problem[] = [];
      for (const file of names.toSorted()) {
        const path = join(folder, file);
        const planted = await plantedAt(path);
        if (planted !== undefined) {
          problems.push(planted);
          continue;
        }
        const parsed = parsePlanFile(await readFile(path, 'utf8'), path);
        if (parsed.kind === 'plan') parts.push({ name: basename(file, '.json'), plan: parsed.plan });
        else problems.push(damagedPart(path, parsed.problems));
      }
      return { parts, problems };
    },
    async save(part) {
      makeFolders(folder);
      await writeFileAtomically(pathOf(part), planText(part.plan));
    },
    journal: (part) => openJournalFile(journalPath(pathOf(part)), part.plan.digest),
    async finish(part) {
      makeFolders(done);
      const path = pathOf(part);
      // The plan first: a journal whose plan is gone asks for nothing.
      await rename(path, join(done, basename(path)));
      await rename(journalPath(path), join(done, basename(journalPath(path)))).catch(unlessGone);
    },
    async clean(nowMs) {
      const since = new Date(nowMs - keptDays * dayMs).toISOString().slice(0, 16).replace(/[-T:]/g, '');
      const old = (await namesIn(done)).filter((name) => /^\d{12}-/.test(name) && name.slice(0, 12) < since);
      await Promise.all(old.map((name) => rm(join(done, name), { force: true })));
    },
  };
};

/** Its plan or its journal: what it began is not known, and nobody else knows it. */
export const damagedPart = (path: string, problems: readonly Problem[]): Problem => ({
  code: damagedPartCode,
  severity: 'high',
  subject: path,
  summary: `${path}, left by a run that was cut short, cannot be used: what that run froze may still be frozen`,
  detail: problems.map(({ summary, detail }) => [summary, detail].filter(Boolean).join(': ')).join('; '),
  remedy: 'see whether its machines are frozen, then move the file and its journal aside',
});

/** A part is carried out unasked, scripts and deletions too: only what this user wrote, and nobody else could have changed. */
const plantedAt = async (path: string): Promise<Problem | undefined> => {
  const there = await stat(path).catch(unlessGone);
  // A pipe would be read for ever.
  if (!there?.isFile()) return notOurs(path, 'is no file');
  // Windows has neither owners as numbers nor such modes.
  const own = userInfo().uid;
  if (own === -1 || (there.uid === own && (there.mode & 0o022) === 0)) return undefined;
  return notOurs(path, there.uid === own ? 'can be written by others' : 'belongs to another user');
};

const notOurs = (path: string, why: string): Problem => ({
  code: 'not-our-part',
  severity: 'high',
  subject: path,
  summary: `${path} ${why}, so it is not carried out`,
  remedy: 'see who put it there; a state folder is for one user alone',
});

const unlessGone = (error: unknown): undefined => {
  if (!isFileError(error) || error.code !== 'ENOENT') throw error;
  return undefined;
};

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder);
  } catch (error) {
    unlessGone(error);
    return [];
  }
};
