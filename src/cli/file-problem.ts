/** What the operating system says of a file, in words. */
import type { Problem } from '../core/problem.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'something of that name is there already',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  EADDRINUSE: 'the port is in use',
};

/** Where a system call's name is no word for people. */
const verbs: Readonly<Record<string, string>> = { scandir: 'read', mkdir: 'make' };

/** An error of the file system or of a local port, as Node throws it. */
export const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error &&
  typeof (error as NodeJS.ErrnoException).syscall === 'string' &&
  (error as NodeJS.ErrnoException).code !== undefined;

export const fileProblem = (
  error: NodeJS.ErrnoException,
  verb = verbs[error.syscall ?? ''] ?? error.syscall ?? 'use',
  path = error.path ?? 'a file',
): Problem => ({
  code: 'file',
  severity: 'high',
  subject: path,
  summary: `cannot ${verb} ${path}: ${reasons[error.code ?? ''] ?? error.message}`,
  remedy: 'check the path, its permissions and the space left',
});
