import { defineCommand } from '../command.ts';

export const demo = defineCommand({
  name: 'demo',
  summary: 'Run the whole job on a simulated fleet, without an Azure account.',
  description:
    'Starts the simulator with the demo fleet, then inventory, audit, plan, apply and audit again, and tells what changed.',
  flags: {
    seed: { type: 'number', default: 1, value: 'N', describe: 'The same seed makes the same ids' },
    speed: {
      type: 'number',
      default: 600,
      fraction: true,
      value: 'X',
      describe: 'How many times as fast as life the simulated clock runs',
    },
    fleet: { type: 'string', value: 'FILE.yaml|BUNDLE-DIR', describe: 'Another fleet than the demo one' },
    debug: { type: 'boolean', describe: 'Log requests to standard error, without secrets' },
  },
  examples: [{ line: 'holdfast demo', says: 'what `npm start` runs' }],
  exits: ['0  the job ran to its end; what remains at risk is told', '1  failed', '3  some steps failed'],
  run: async (flags, _, context) => {
    const { runDemo } = await import('../demo-run.ts');
    return runDemo({ seed: flags.seed, speed: flags.speed, fleet: flags.fleet, debug: flags.debug }, context);
  },
});
