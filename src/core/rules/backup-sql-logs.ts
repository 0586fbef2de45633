import { fails, failsIf, judge } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupSqlLogs: Rule = {
  id: 'backup-sql-logs',
  option: 'azure-backup',
  title: 'it does not look like a SQL Server machine',
  why: 'By default the VSS full backup truncates SQL Server logs.',
  fact: 'B-82',
  source: sources.INTRO,
  effect: 'warning',
  needs: ['extensions'],
  check: (machine) => {
    const text =
      'It looks like SQL Server: the VSS full backup truncates its logs unless switched to copy, which ' +
      'breaks other log backups.';
    if (/sql/i.test(`${machine.image?.publisher} ${machine.image?.offer}`)) return fails(text);
    return judge('extensions', machine.extensions, (types) =>
      failsIf(
        types.some((t) => /^sqliaasagent$/i.test(t)),
        text,
      ),
    );
  },
  examples: { holds: {}, fails: { machine: { extensions: known(['SqlIaasAgent']) } } },
};
