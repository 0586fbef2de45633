/** docs/verbs.md promises a test for every verb of every option: the named cases exist, and no pair is left out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionIds } from '../../src/core/option.ts';
import { optionName } from '../../src/core/option-name.ts';

const root = join(import.meta.dirname, '..', '..');
const rows = readFileSync(join(root, 'docs', 'verbs.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| option'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('docs/verbs.md', () => {
  it('has every verb of every option', () => {
    const verbs = ['assess', 'plan', 'execute', 'observe', 'undo'];
    const wanted = optionIds.flatMap((id) => verbs.map((verb) => `${optionName[id]} ${verb}`));
    expect(rows.map(([, option, verb]) => `${option} ${verb}`)).toEqual(wanted);
  });

  it.each(rows.map(([, option, verb, , shown]) => [`${option}, ${verb}`, shown ?? ''] as const))(
    '%s: the case exists',
    (_what, shown) => {
      const [, file, title] = /^`([^`]+)`: "(.+)"$/.exec(shown) ?? [];
      expect(file, shown).toBeDefined();
      const text = readFileSync(join(root, file!), 'utf8');
      expect(text.includes(`('${title}`) || text.includes(`("${title}`), `${file}: ${title}`).toBe(true);
    },
  );
});
