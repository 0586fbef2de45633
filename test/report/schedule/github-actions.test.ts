/** Workflows that are printed, held against a strict schema of GitHub's syntax, which sees planted mistakes. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { holdfast, root, temporaryFolder } from '../../e2e/rig.ts';
import { workflow } from './workflow-syntax.ts';

const printed = async (file: string, ...flags: readonly string[]): Promise<string> => {
  const { code, out, err } = await holdfast(['schedule', 'print', file, '--for', 'github-actions', ...flags]);
  expect(code, err).toBe(0);
  return out;
};
const mistakesIn = (text: string): readonly string[] =>
  workflow.safeParse(parse(text)).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

const shipped = readdirSync(join(root, 'config', 'jobs'));
const dev = join(root, 'config', 'jobs', 'dev-daily.yaml');

describe("GitHub's syntax of workflows", () => {
  it.each(shipped)('is kept by what is printed of %s', async (name) => {
    expect(mistakesIn(await printed(join(root, 'config', 'jobs', name)))).toEqual([]);
  });

  it('is kept by a job with variables, hooks, a folder, and a name that YAML could take for something else', async () => {
    const file = join(temporaryFolder(), 'job.yaml');
    const job = [
      "name: '1'",
      "schedule: { cron: '*/20 6-8 1,15 * MON', timeZone: Asia/Kathmandu }",
      'hooks: { pre: freeze, post: thaw }',
      'notify: [{ kind: webhook, urlEnv: HOOK_URL, secretEnv: HOOK_KEY }]',
    ];
    writeFileSync(file, `${job.join('\n')}\n`);
    const text = await printed(file, '--working-directory', 'a: b', '--job-file', "jobs/o'brien's #1.yaml");
    expect(mistakesIn(text)).toEqual([]);
    expect(workflow.parse(parse(text)).jobs['run']?.steps.at(-1)).toMatchObject({
      run: String.raw`node holdfast/src/cli/bin.mjs job run 'jobs/o'\''brien'\''s #1.yaml' --yes --history none`,
      'working-directory': 'a: b',
      env: { HOOK_URL: '${{ secrets.HOOK_URL }}', HOOK_KEY: '${{ secrets.HOOK_KEY }}' },
    });
  });

  it.each([
    ['a key of the workflow', 'concurrency:', 'concurency:'],
    ['a key of a job', 'timeout-minutes:', 'timeout-minute:'],
    ['a key of a step', 'working-directory: holdfast', 'workdir: holdfast'],
    ['an input of an action', 'client-id:', 'clientid:'],
    ['a right', 'contents: read', 'contents: reads'],
    ['a right that cannot be read', 'id-token: write', 'id-token: read'],
    ['a minute of a schedule', "cron: '31", "cron: '61"],
    ['six fields of a schedule', "cron: '31", "cron: '0 31"],
    ['more often than every five minutes', "cron: '31 0,1 ", "cron: '* * "],
    ['a context', '${{ vars.AZURE_CLIENT_ID }}', '${{ var.AZURE_CLIENT_ID }}'],
    ['an expression without an end', '${{ runner.temp }}', '${{ runner.temp }'],
    ['an action without a version', 'azure/login@v2', 'azure/login'],
    ['more time than a runner has', 'timeout-minutes: 350', 'timeout-minutes: 400'],
    ['a trigger', 'workflow_dispatch: {}', 'workflow_dispatched: {}'],
  ])('is not kept with a mistake in %s', async (_, right, wrong) => {
    const text = await printed(dev);
    expect(text).toContain(right);
    expect(mistakesIn(text.replace(right, wrong)).length).toBeGreaterThan(0);
  });
});
