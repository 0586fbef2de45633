/** A workflow of GitHub Actions that runs a job: its login is a federated identity, so no secret of Azure's is kept anywhere. */
import { inZone } from '../../core/job/clock-times.ts';
import { cronFields } from './cron-fields.ts';
import { comment, dueText, shellWord, variablesOf, type ScheduleRequest } from './request.ts';

export const githubActionsText = (request: ScheduleRequest): string => {
  const { job, times, delayMinutes, madeBy, nowMs } = request;
  const all = inZone(times, job.timing.timeZone, 'UTC', delayMinutes, nowMs);
  const notes = [
    `.github/workflows/holdfast-${job.name}.yml, printed by ${madeBy}. Due: ${dueText(job)}.`,
    "GitHub's schedules are in UTC, begin minutes late, and are left out when GitHub is busy: what was missed is caught up by the next run and told as late. They run on the default branch only, and stop in a public repository without commits for 60 days.",
    ...(job.timing.timeZone === 'UTC'
      ? []
      : [
          "Where the zone's clocks are changed, all differences to UTC are here: a run that is not due finds its point there, and makes none.",
        ]),
    ...(all.some(({ widened }) => widened)
      ? ['On more days than the job is due, since these fields cannot say which; the run finds that out.']
      : []),
    ...(job.hooks === undefined
      ? []
      : [
          'This job has hooks, and a runner leaves nothing behind: where one is lost between freezing and thawing, no later run knows of it. Let `pre` thaw by itself after a while, or use a host that stays.',
        ]),
  ];
  return [...notes.map((note) => comment(note)), workflow(request, cronFields(all)), ''].join('\n');
};

const workflow = ({ job, jobFile, command, workingDirectory }: ScheduleRequest, crons: readonly string[]): string => {
  const variables = variablesOf(job);
  return [
    `name: holdfast ${job.name}`,
    'on:',
    '  schedule:',
    ...crons.map((cron) => `    - cron: '${cron}'`),
    '  workflow_dispatch: {}',
    'permissions:',
    "  # For the identity's token: https://learn.microsoft.com/azure/developer/github/connect-from-azure-openid-connect",
    '  id-token: write',
    '  contents: read',
    'concurrency:',
    '  # A run that is at work is never stopped for the next one.',
    `  group: holdfast-${job.name}`,
    '  cancel-in-progress: false',
    'jobs:',
    '  run:',
    '    runs-on: ubuntu-latest',
    '    timeout-minutes: 350',
    '    steps:',
    "      # Pinned by major version, which gets the actions' security fixes; pin commits where your policy asks for it.",
    '      - uses: actions/checkout@v4',
    '      # holdfast itself: put its repository here, and the version that you trust.',
    '      - uses: actions/checkout@v4',
    '        with:',
    '          repository: OWNER/holdfast',
    '          ref: main',
    '          path: holdfast',
    '      - uses: actions/setup-node@v4',
    '        with:',
    "          node-version: '24'",
    '      - run: npm ci',
    '        working-directory: holdfast',
    '      # The login lasts about an hour and is not renewed: make jobs narrower where their runs last longer.',
    '      - uses: azure/login@v2',
    '        with:',
    '          client-id: ${{ vars.AZURE_CLIENT_ID }}',
    '          tenant-id: ${{ vars.AZURE_TENANT_ID }}',
    '          subscription-id: ${{ vars.AZURE_SUBSCRIPTION_ID }}',
    `      - run: ${scalar(`${command} job run ${plain(shellWord(jobFile))} --yes --history none`)}`,
    ...(workingDirectory === undefined
      ? []
      : [`        working-directory: ${JSON.stringify(plain(workingDirectory))}`]),
    '        env:',
    '          HOLDFAST_STATE_DIR: ${{ runner.temp }}/holdfast',
    ...variables.map((name) => `          ${name}: \${{ secrets.${name} }}`),
  ].join('\n');
};

/** A path is no expression of GitHub's, whatever it looks like; a command may hold some. */
const plain = (path: string): string => path.replaceAll('${{', "${{ '${{' }}");

/** Plain YAML would end at ` #`, be a mapping by `: `, and something else by its first sign; quoted it reads as JSON does. */
const scalar = (line: string): string => (/^[\w/.]/.test(line) && !/\s#|:\s/.test(line) ? line : JSON.stringify(line));
