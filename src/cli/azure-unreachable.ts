/** Azure could not be read at all: the login, the network or the scope. Exit 1. */
import type { Problem } from '../core/problem.ts';

export class AzureUnreachableError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.summary);
    this.name = 'AzureUnreachableError';
    this.problem = problem;
  }
}
