import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { guidanceJsonSchema } from '../../src/build/generate-schema.ts';
import { conditionVariables } from '../../src/core/cel.ts';
import { parseGuidance } from '../../src/core/guidance-file.ts';
import { schemaIsTheType } from '../../src/core/guidance-schema.ts';
import { stripingSignals } from '../../src/core/striping.ts';
import { shipped, shippedGuidance } from './guidance-shipped.ts';

const link = /^https:\/\/\S+\.\S+/;

/** Paths of numbers that have no https `source` in their own map nor in the one around it. */
const unsourced = (value: unknown, path = '', around: readonly unknown[] = []): readonly string[] => {
  if (typeof value === 'number') return around.slice(-2).some((source) => link.test(String(source))) ? [] : [path];
  if (typeof value !== 'object' || value === null) return [];
  const source = (value as Readonly<Record<string, unknown>>)['source'];
  return Object.entries(value).flatMap(([key, inner]) => unsourced(inner, `${path}.${key}`, [...around, source]));
};

describe('the shipped guidance', () => {
  it('is valid without a warning', () => {
    expect(parseGuidance(shipped.text, shipped.file)).toMatchObject({ problems: [], guidance: { schemaVersion: 1 } });
  });

  it('has an https source for every number', () => {
    expect(unsourced(parse(shipped.text))).toEqual([]);
  });

  it('would be caught with a number that has no source', () => {
    expect(unsourced(parse(shipped.text.replace('{ value: 168, source: ', '{ value: 168, sauce: ')))).toEqual([
      '.objectives.dev-test.rpoHours.value',
    ]);
  });

  it('speaks the public default vocabulary', () => {
    const { vocabulary } = shippedGuidance;
    expect(vocabulary.environment).toEqual({
      names: ['environment', 'env', 'stage'],
      values: {
        production: ['prod', 'production', 'prd', 'live'],
        'dev-test': ['dev', 'test', 'qa', 'uat', 'stage', 'staging', 'preprod', 'sbx', 'sandbox', 'demo'],
      },
    });
    expect(vocabulary.criticality.names).toEqual(['criticality', 'tier', 'businesscriticality']);
    expect(vocabulary.criticality.values['mission-critical']).toEqual(['mission-critical', 'critical-1', 'tier-0']);
    expect(vocabulary.disasterRecovery.names).toEqual(['dr', 'disaster-recovery']);
    expect(vocabulary.disasterRecovery.values['required']).toEqual(['true', 'yes', 'required']);
    expect(vocabulary.striping.names).toEqual(['striping', 'striped', 'storage-layout']);
    expect(vocabulary.striping.values['striped']).toEqual(
      expect.arrayContaining(['raid0', 'lvm', 'mdadm', 'storage-spaces', 'true', 'yes']),
    );
    expect(vocabulary.striping.values['not-striped']).toEqual(expect.arrayContaining(['none', 'no', 'false']));
    expect(vocabulary.role.names).toEqual(['role', 'purpose']);
    expect(vocabulary.role.values['image-source']).toEqual(['golden-image', 'image-source', 'template']);
    expect(vocabulary.application.names).toEqual(['application', 'app', 'workload']);
    expect(vocabulary.exclusion).toEqual({
      names: ['backup'],
      values: ['exclude'],
      untilNames: ['backup-exclude-until'],
      reasonNames: ['backup-exclude-reason'],
    });
  });

  it('requires of each class what the four-option guidance says', () => {
    const needs = Object.fromEntries(
      shippedGuidance.classes.map(({ id, objective }) => [
        id,
        shippedGuidance.objectives[objective]?.requires.map(({ anyOf, when }) => (when ? { anyOf, when } : anyOf)),
      ]),
    );
    const production = [['azure-backup'], { anyOf: ['site-recovery'], when: { disasterRecovery: true } }];
    expect(needs).toEqual({
      'mission-critical': [['azure-backup'], ['site-recovery']],
      production,
      'dev-test': [['disk-snapshot', 'restore-point', 'azure-backup']],
      'image-source': [['managed-image', 'gallery-image']],
      unclassified: production,
    });
  });

  it('weighs every piece of evidence for striping there is', () => {
    expect(Object.keys(shippedGuidance.striping.weights).sort()).toEqual([...stripingSignals].sort());
  });

  it('names every variable a condition may use', () => {
    const comments = shipped.text.split('\n').filter((line) => line.startsWith('#'));
    for (const name of Object.keys(conditionVariables))
      expect(comments.join('\n')).toMatch(new RegExp(`\\b${name}\\b`));
  });
});

describe('the schema file', () => {
  it('is the one the schema generates: run `node src/build/generate-schema.ts` when this fails', () => {
    const committed = readFileSync(new URL('../../config/guidance.schema.json', import.meta.url), 'utf8');
    expect(committed).toBe(guidanceJsonSchema());
  });

  it('asks for everything of a whole guidance and for nothing of one that extends', () => {
    const schema = JSON.parse(guidanceJsonSchema()) as {
      then: {
        required?: string[];
        properties: Record<string, { required?: string[]; properties: Record<string, { required?: string[] }> }>;
      };
      else: { required: string[] };
    };
    expect(schema.else.required).toEqual([
      'schemaVersion',
      'name',
      'vocabulary',
      'striping',
      'classes',
      'objectives',
      'plan',
    ]);
    expect(schema.then.required).toBeUndefined();
    expect(schema.then.properties['vocabulary']?.required).toBeUndefined();
    expect(schema.then.properties['plan']?.properties['snapshot']?.required).toBeUndefined();
    expect(Object.keys(schema.then.properties)).toEqual([
      'extends',
      ...Object.keys((JSON.parse(guidanceJsonSchema()) as { else: { properties: object } }).else.properties),
    ]);
  });

  it('says the same as the types, by the type checker', () => {
    expect(schemaIsTheType).toBe(true);
  });
});
