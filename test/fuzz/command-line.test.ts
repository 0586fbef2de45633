/** Whole commands over spoiled files: a documented exit code, words on standard error, and nothing half-written. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { exitWords } from '../../src/cli/exit.ts';
import { holdfast, root } from '../e2e/rig.ts';
import { fuzz, type Fate } from './campaign.ts';
import { spoil, spoilJson, spoilers } from './mutate.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const machine =
  '/subscriptions/11111111-0000-4000-8000-000000000000/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web';
const disk = machine.replace('virtualMachines/web', 'disks/os');
const inputs: Record<string, string> = {
  'cloud.json': JSON.stringify(
    {
      name: 'Nowhere',
      resourceManager: 'https://127.0.0.1:9',
      authority: 'https://127.0.0.1:9/adfs',
      audience: 'https://127.0.0.1:9/',
      credential: { clientId: 'c', clientSecretFile: 'secret' },
    },
    null,
    1,
  ),
  secret: 'throw-away',
  'mine.yaml': 'extends: default\nname: mine\n',
  'prices.json': readFileSync(join(root, 'config', 'prices.json'), 'utf8'),
  'bundle.json': JSON.stringify({ schemaVersion: 1, asOf: '2026-06-03T00:00:00Z', complete: true }, null, 1),
  'virtualMachines.json': JSON.stringify(
    [
      {
        id: machine,
        name: 'web',
        location: 'westeurope',
        tags: { environment: 'prod' },
        properties: { vmId: 'x', storageProfile: { osDisk: { osType: 'Linux', managedDisk: { id: disk } } } },
      },
    ],
    null,
    1,
  ),
  'disks.json': JSON.stringify(
    [{ id: disk, name: 'os', location: 'westeurope', sku: { name: 'Premium_LRS' }, properties: { diskSizeGB: 64 } }],
    null,
    1,
  ),
};
const commands: readonly { readonly argv: readonly string[]; readonly files: readonly string[] }[] = [
  {
    argv: ['audit', '--offline', '.', '--output', 'json', '--output-file', 'out.json'],
    files: ['bundle.json', 'virtualMachines.json', 'disks.json'],
  },
  { argv: ['audit', '--offline', '.', '--config', 'mine.yaml', '--output', 'csv'], files: ['mine.yaml', 'disks.json'] },
  {
    argv: ['explain', 'web', '--offline', '.', '--prices', 'prices.json'],
    files: ['prices.json', 'virtualMachines.json'],
  },
  { argv: ['plan', '--offline', '.', '--output-file', 'out.json'], files: ['bundle.json', 'virtualMachines.json'] },
  { argv: ['inventory', '--offline', '.', '--output', 'ndjson'], files: ['virtualMachines.json', 'disks.json'] },
  { argv: ['apply', 'plan.json', '--cloud', 'cloud.json', '--yes'], files: ['plan.json'] },
  { argv: ['simulate', '--fleet', '.', '--role', 'role.json', '--cloud-file', 'out.json'], files: ['role.json'] },
];

beforeAll(async () => {
  for (const [name, text] of Object.entries(inputs)) writeFileSync(join(folder, name), text);
  await holdfast(['plan', '--offline', '.', '--output-file', 'plan.json'], { cwd: folder });
  inputs['plan.json'] = readdirSync(folder).includes('plan.json')
    ? readFileSync(join(folder, 'plan.json'), 'utf8')
    : '{"kind":"holdfast.plan","schemaVersion":1}';
  inputs['role.json'] = '{"Name":"x","Actions":"none"}';
  for (const name of readdirSync(folder)) if (!(name in inputs)) rmSync(join(folder, name));
  for (const [name, text] of Object.entries(inputs)) writeFileSync(join(folder, name), text);
});

const outputs = new Set(['out.json', 'out.json.md', 'plan.json.journal.ndjson']);

describe('a whole command', () => {
  fuzz({
    name: 'command line over spoiled files',
    inputs: fc.record({
      command: fc.constantFrom(...commands),
      file: fc.nat(9),
      bytes: fc.boolean(),
      spoiler: spoilers,
    }),
    judge: async ({ command, file, bytes, spoiler }): Promise<Fate> => {
      const name = command.files[file % command.files.length]!;
      // `simulate` would go on serving over a good role; its own is never good.
      const text =
        name === 'role.json'
          ? spoil('{"Name":"x","Actions":"none"', spoiler)
          : bytes || name.endsWith('.yaml')
            ? spoil(inputs[name]!, spoiler)
            : spoilJson(inputs[name]!, spoiler);
      writeFileSync(join(folder, name), text);
      try {
        const { code, err, out } = await holdfast(command.argv, { cwd: folder });
        expect(Object.keys(exitWords).map(Number)).toContain(code);
        expect(err).not.toMatch(/\n\s+at .*:\d+:\d+|TypeError|RangeError|holdfast failed/);
        if (code === 2) expect(out).toBe('');
        if ([1, 2, 5].includes(code)) expect(err).not.toBe('');
        const left = readdirSync(folder).filter((entry) => !(entry in inputs));
        expect(
          left.filter((entry) => !outputs.has(entry)),
          'left behind',
        ).toEqual([]);
        if (code === 2) expect(left, 'written by a refused command').toEqual([]);
        if (left.includes('out.json'))
          expect(() => JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')) as unknown).not.toThrow();
        return code === 0 || code === 6 ? 'accepted' : 'refused';
      } finally {
        for (const entry of readdirSync(folder)) if (outputs.has(entry)) rmSync(join(folder, entry));
        writeFileSync(join(folder, name), inputs[name]!);
      }
    },
    runs: 1_200,
    thin: 15,
  });
});
