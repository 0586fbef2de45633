/** Explanations tell what decided, in the order it was decided. */
import { describe, expect, it } from 'vitest';
import { explainMachine, machinesNamed } from '../../src/core/explain.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { planProtect } from '../../src/core/plan-protect.ts';
import { noPreflight } from '../../src/core/preflight.ts';
import { explainText } from '../../src/report/explain-text.ts';
import { auditCases } from './audit-cases.ts';
import { aMachine, anEstate, asOf, machineId } from './estate-builder.ts';
import { expectGolden } from './golden.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const explain = (name: string) => explainMachine(auditCases[name]!, shippedGuidance, asOf, machineId())!;

describe('explain', () => {
  it('goes from what the machine is to what is not known', () => {
    const titles = explain('backup items that could not be read').sections.map(({ title }) => title);
    expect(titles).toEqual(['What it is', 'Striping', 'Class', 'What it needs', 'Options', 'What it has', 'Findings']);
    expect(explain('disk that no answer holds').sections.at(-1)).toMatchObject({ title: 'Not known' });
  });

  it('has a sentence on every option, each with its source', () => {
    const options = explain('production machine with a fresh backup').sections.find(
      ({ title }) => title === 'Options',
    )!;
    for (const name of [
      'Azure Backup',
      'Site Recovery',
      'disk snapshot',
      'VM restore point',
      'managed image',
      'gallery image version',
    ]) {
      expect(
        options.sentences.some(({ text }) => text.includes(name)),
        name,
      ).toBe(true);
    }
    expect(options.sentences.every(({ source }) => source?.startsWith('https://'))).toBe(true);
  });

  it('ends with what a plan would do for this machine, what it would leave out and why, and the command', () => {
    const planned = (name: string): readonly string[] => {
      const estate = auditCases[name]!;
      const audit = auditEstate(estate, shippedGuidance, asOf);
      const plan = planProtect({
        estate,
        audit,
        guidance: shippedGuidance,
        asOf,
        preflight: noPreflight,
        limits: {},
        madeBy: 'holdfast 0.0.0',
      });
      const { sections } = explainMachine(estate, shippedGuidance, asOf, machineId(), undefined, plan)!;
      return sections.find(({ title }) => title === 'What a plan would do')!.sentences.map(({ text }) => text);
    };
    const bare = planned('production machine without backup');
    expect(bare.at(-2)).toMatch(/^Step backup-web01: web01 is of class production, needs Azure Backup and has none/);
    expect(bare.at(-1)).toMatch(/^To have it done: `holdfast protect web01`; with all others, /);
    expect(planned('machine that no option fits')).toEqual([
      expect.stringMatching(/^Azure Backup is needed and would not be planned: /),
    ]);
    expect(planned('production machine with a fresh backup')).toEqual([
      'Nothing: what it needs is there or on its way, or it is left out on purpose.',
    ]);
  });

  it('tells which of Azure’s own checks the login could not ask, since Azure may refuse by them', () => {
    const estate = auditCases['production machine without backup']!;
    const unasked = [
      { code: 'unasked', severity: 'medium' as const, subject: 's', summary: 'the login lacks x/action' },
    ];
    const { sections } = explainMachine(estate, shippedGuidance, asOf, machineId(), undefined, {
      steps: [],
      refusals: [],
      unasked,
    })!;
    expect(sections.find(({ title }) => title === 'What a plan would do')!.sentences[0]!.text).toBe(
      'Azure may still refuse: the login lacks x/action.',
    );
  });

  it('reads as text', () => {
    const text = explainText(explain('crash-consistent point of a running Windows machine'), {
      width: 100,
      colour: false,
    });
    expectGolden('explain/crash-consistent-point.txt', text);
    expect(
      Math.max(
        ...text
          .split('\n')
          .filter((line) => !line.includes('http') && !line.startsWith('/'))
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100);
  });

  it('finds machines by id in any case, or by name, and says when several have it', () => {
    const twin = aMachine({ id: machineId().replace('rg-app', 'rg-b') });
    const estate = anEstate({ machines: [aMachine(), twin] });
    expect(machinesNamed(estate, machineId().toUpperCase())).toHaveLength(1);
    expect(machinesNamed(estate, 'WEB01')).toHaveLength(2);
    expect(machinesNamed(estate, 'web')).toEqual([]);
    expect(explainMachine(estate, shippedGuidance, asOf, machineId('none'))).toBeUndefined();
  });
});
