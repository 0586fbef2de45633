import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rules } from '../../src/core/rules/index.ts';

const root = join(import.meta.dirname, '..', '..');
const gathered = join(root, '..', 'shared', 'azure-facts.md');

interface Row {
  readonly fact: string;
  readonly state: string;
  readonly where: string;
  readonly paths: readonly string[];
}

const register: readonly Row[] = readFileSync(join(root, 'docs', 'facts.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-Z]-\d+ \|/.test(line))
  .map((line) => {
    const [fact = '', , state = '', where = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { fact, state, where, paths: [...where.matchAll(/`([^`]+)`/g)].map((match) => match[1]!) };
  });

const rulePath = (id: string) => `src/core/rules/${id}.ts`;

describe('the facts register', () => {
  it('lists each fact once, in one of three states', () => {
    expect(register.length).toBeGreaterThan(200);
    expect(new Set(register.map(({ fact }) => fact)).size).toBe(register.length);
    for (const { state } of register) expect(['encoded', 'not knowable from ARM', 'out of scope']).toContain(state);
  });

  it.each(rules.map((rule) => [rule.id, rule.fact] as const))(
    'lists rule %s under its fact %s, as encoded',
    (id, fact) => {
      const row = register.find((one) => one.fact === fact);
      expect(row).toMatchObject({ state: 'encoded' });
      expect(row!.paths).toContain(rulePath(id));
    },
  );

  it('names no rule under a fact that is not its own', () => {
    const named = register.flatMap(({ fact, paths }) =>
      paths.filter((path) => path.includes('/rules/')).map((path) => `${fact} ${path}`),
    );
    expect(new Set(named)).toEqual(new Set(rules.map(({ id, fact }) => `${fact} ${rulePath(id)}`)));
    expect(named).toHaveLength(rules.length);
  });

  it('names files that exist for what is encoded, and a reason for the rest', () => {
    for (const { fact, state, where, paths } of register) {
      if (state === 'encoded') expect(paths.length, fact).toBeGreaterThan(0);
      else expect(where.length, fact).toBeGreaterThan(0);
      for (const path of paths) expect(existsSync(join(root, path)), `${fact}: ${path}`).toBe(true);
    }
  });

  it.skipIf(!existsSync(gathered))('lists every fact that was gathered (skipped where ../shared is absent)', () => {
    const ids = [...readFileSync(gathered, 'utf8').matchAll(/^- ([BRSPITGCL]-\d+)\b/gm)].map((match) => match[1]);
    expect(new Set(register.map(({ fact }) => fact))).toEqual(new Set(ids));
  });
});

if (!existsSync(gathered))
  console.warn('skipped: ../shared/azure-facts.md is not here, so the register is not held against it');
