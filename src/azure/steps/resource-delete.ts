/**
 * DELETE, answered 202 with an operation, 200, or 204 where there is nothing: doing it twice does no more.
 * https://learn.microsoft.com/rest/api/compute/snapshots/delete and https://learn.microsoft.com/rest/api/compute/restore-points/delete
 */
import { idempotentRunner, type MakeRunner } from './runner.ts';

export const resourceDelete: MakeRunner<'resource.delete'> = (step, tools) => idempotentRunner(step, tools);
