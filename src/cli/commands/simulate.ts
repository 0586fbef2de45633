import { resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { exits } from '../exit.ts';

export const simulate = defineCommand({
  name: 'simulate',
  summary: 'Run a simulated Azure Resource Manager on this machine.',
  description: [
    'Real HTTPS, real wire shapes, a login with a throw-away secret, a clock that can run faster than life. Every other command',
    'takes the cloud file it writes: --cloud PATH. What it does and does not simulate: src/simulator/BEHAVIOUR.md.',
  ].join('\n'),
  flags: {
    fleet: {
      type: 'string',
      value: 'FILE.yaml|BUNDLE-DIR',
      describe: 'What exists at the start (default: the demo fleet)',
    },
    port: { type: 'number', default: 0, most: 65_535, value: 'N', describe: 'Port on loopback; 0 takes a free one' },
    'cloud-file': {
      type: 'string',
      default: 'cloud.json',
      value: 'PATH',
      describe: 'Where to write the cloud file for --cloud',
    },
    seed: { type: 'number', default: 1, value: 'N', describe: 'The same seed makes the same ids and faults' },
    speed: {
      type: 'number',
      default: 1,
      fraction: true,
      value: 'X',
      describe: 'How many times as fast as life its clock runs',
    },
    latency: { type: 'number', default: 0, value: 'MS', describe: 'Hold every answer back this long' },
    log: { type: 'string', value: 'FILE.ndjson', describe: 'Write a line per exchange' },
    faults: { type: 'string', value: 'FILE.yaml', describe: 'Faults to inject, seeded' },
    role: { type: 'string', value: 'CUSTOM-ROLE.json', describe: 'Give the login exactly this Azure custom role' },
    'control-port': {
      type: 'number',
      most: 65_535,
      value: 'N',
      describe: 'Plain HTTP on loopback: POST /clock/advance, GET /state, GET /log',
    },
  },
  examples: [
    {
      line: 'holdfast simulate --speed 60',
      says: 'a minute of Azure each second; then `holdfast audit --cloud cloud.json`',
    },
    { line: 'holdfast simulate --fleet bundle --port 8443', says: 'an exported fleet, served again' },
  ],
  exits: ['0  stopped by Ctrl-C', '2  an invalid fleet, faults or role file (file:line:column)'],
  run: async (flags, _, context) => {
    const { startSimulator } = await import('../simulator-run.ts');
    const at = (path: string): string => resolve(context.cwd, path);
    const running = await startSimulator(
      {
        seed: flags.seed,
        speed: flags.speed,
        latencyMs: flags.latency,
        port: flags.port,
        cloudFile: at(flags['cloud-file']),
        ...(flags.fleet === undefined ? {} : { fleet: at(flags.fleet) }),
        ...(flags.log === undefined ? {} : { logFile: at(flags.log) }),
        ...(flags.faults === undefined ? {} : { faults: at(flags.faults) }),
        ...(flags.role === undefined ? {} : { role: at(flags.role) }),
        ...(flags['control-port'] === undefined ? {} : { controlPort: flags['control-port'] }),
      },
      context,
    );
    context.err(
      [
        `Simulated Azure Resource Manager at ${running.url}`,
        `  cloud file   ${flags['cloud-file']}   (holdfast audit --cloud ${flags['cloud-file']})`,
        ...(running.controlUrl ? [`  control      ${running.controlUrl}`] : []),
        `  fleet        ${running.machines} machines in ${running.subscriptions} subscriptions, clock at ${running.now}, ${flags.speed}× life`,
        'Ctrl-C stops it.',
        '',
      ].join('\n'),
    );
    await new Promise<void>((done) => {
      if (context.signal.aborted) done();
      else context.signal.addEventListener('abort', () => done(), { once: true });
    });
    await running.close();
    return exits.fine;
  },
});
