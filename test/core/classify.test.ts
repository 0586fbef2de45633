import { describe, expect, it } from 'vitest';
import type { Machine, Tags } from '../../src/core/estate.ts';
import { known } from '../../src/core/fact.ts';
import { aMachine } from './estate-builder.ts';
import { judge, shippedGuidance, tagged } from './guidance-shipped.ts';

describe('the class of a machine', () => {
  const cases: readonly (readonly [shows: string, tags: Tags, classId: string, over?: Partial<Machine>])[] = [
    ['production by environment', { environment: 'production' }, 'production'],
    ['production by another name and in capitals', { STAGE: 'LIVE' }, 'production'],
    ['dev-test by environment', { env: 'sandbox' }, 'dev-test'],
    ['mission-critical by criticality', { criticality: 'mission-critical', environment: 'prod' }, 'mission-critical'],
    [
      'mission-critical though its environment says dev: the safer one',
      { tier: 'tier-0', environment: 'dev' },
      'mission-critical',
    ],
    [
      "mission-critical by Microsoft's own label",
      { 'Azure.MissionCriticalWorkload': 'Finance-Payroll' },
      'mission-critical',
    ],
    ['not by that label without its form', { 'Azure.MissionCriticalWorkload': 'yes' }, 'unclassified'],
    ['untagged machines are unclassified', {}, 'unclassified'],
    ['an environment nobody knows is unclassified, not dev-test', { environment: 'banana' }, 'unclassified'],
    ['a lesser criticality leaves it to the environment', { criticality: 'low', environment: 'prod' }, 'production'],
    ['two environments that disagree: the safer one', { environment: 'dev', stage: 'prod' }, 'production'],
    ['an image source by role', { purpose: 'Golden-Image', env: 'dev' }, 'image-source'],
    ['a role does not beat production', { role: 'template', env: 'prod' }, 'production'],
    ['nor mission-critical', { role: 'template', criticality: 'mission-critical' }, 'mission-critical'],
    [
      'generalized beats every tag',
      { environment: 'prod', criticality: 'mission-critical' },
      'image-source',
      { generalized: known(true) },
    ],
    ['disaster recovery is no class of its own', { dr: 'yes', env: 'dev' }, 'dev-test'],
  ];

  for (const [shows, tags, classId, over] of cases) {
    it(shows, () => {
      const found = tagged(tags, over);
      expect(found.classId).toBe(classId);
      expect(found.objective).toBe(classId);
      expect(found.unknowns).toEqual([]);
    });
  }

  it('tells environment, application, disaster recovery and scripts beside it', () => {
    expect(tagged({ env: 'Prod', app: 'Payroll', DR: 'Required', 'pre-post-scripts': 'yes' })).toMatchObject({
      environment: 'production',
      application: 'Payroll',
      disasterRecovery: true,
      prePostScripts: true,
    });
    expect(tagged({ dr: 'no' })).toMatchObject({ environment: 'none', disasterRecovery: false, prePostScripts: false });
    expect(tagged({ env: 'banana' }).environment).toBe('unrecognized');
  });

  it('reports values matched regardless of case, unknown values and disagreements', () => {
    const notes = tagged({ env: 'PROD', stage: 'dev', criticality: 'banana', backup: 'daily' }).tagNotes;
    expect(notes.map(({ code, tag }) => `${code} ${tag}`)).toEqual([
      'case-folded env',
      'conflict stage',
      'unrecognized criticality',
      'unrecognized backup',
    ]);
  });
});

describe('the sentences of explain', () => {
  it('tell what was read and tried, in order, and end with what decided', () => {
    expect(tagged({ env: 'Prod', tier: 'web', dr: 'yes' }).decidedBy.map(({ text }) => text)).toEqual([
      'Tag env=Prod says that environment is production.',
      'Note: tag env=Prod was read as "prod" (production), regardless of case.',
      'Tag dr=yes says that disaster recovery is required.',
      'It is not image-source: the machine is not generalized; role is none.',
      'It is not mission-critical: criticality is none; there is no tag Azure.MissionCriticalWorkload.',
      'It is production: environment is production (tag env=Prod).',
    ]);
  });

  it('say so when no class takes the machine, as guidance made by hand may have it', () => {
    const found = judge(aMachine(), { ...shippedGuidance, classes: [] });
    expect(found).toMatchObject({ classId: 'unclassified', objective: 'unclassified' });
  });
});
