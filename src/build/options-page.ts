/** docs/options.md from the options and rules themselves. Run as a program it writes the page. */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { options } from '../core/options/index.ts';
import type { Option } from '../core/protection.ts';
import type { Effect } from '../core/rule.ts';
import { optionsOf } from '../core/rule.ts';
import { rules } from '../core/rules/index.ts';

export const optionsPage = (): string =>
  [
    '# The options: what each can and cannot do',
    '',
    'Made from `src/core/options` and `src/core/rules` by `node src/build/options-page.ts`; a test keeps it current.',
    'The numbers are rows of [facts.md](facts.md).',
    '',
    ...options.flatMap(section),
  ].join('\n');

const section = (option: Option): readonly string[] => [
  `## ${option.title[0]!.toUpperCase()}${option.title.slice(1)} (\`${option.id}\`)`,
  '',
  `Source: <${option.source}>`,
  '',
  'It can:',
  '',
  ...option.can.map((sentence) => `- ${sentence}`),
  '',
  'It cannot:',
  '',
  ...option.cannot.map((sentence) => `- ${sentence}`),
  '',
  ...table(option, 'impossible', 'Possible only where'),
  ...table(option, 'unsuitable', 'Suitable only where'),
  ...table(option, 'warning', 'A warning is given unless'),
];

const table = (option: Option, effect: Effect, heading: string): readonly string[] => {
  const rows = rules.filter((rule) => rule.effect === effect && optionsOf(rule).includes(option.id));
  if (rows.length === 0) return [];
  return [
    `| ${heading} | Why | Rule | Fact |`,
    '| --- | --- | --- | --- |',
    ...rows.map((rule) => `| ${rule.title} | ${rule.why} | \`${rule.id}\` | [${rule.fact}](${rule.source}) |`),
    '',
  ];
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(new URL('../../docs/options.md', import.meta.url), optionsPage());
}
