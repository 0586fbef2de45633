/** How runs are shown: within the terminal, whole in data, and saying what is left out. */
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { entryOf } from '../../src/core/history/entry.ts';
import { historySchemaVersion, totalsOf, type HistoryReport } from '../../src/core/history/history.ts';
import type { Recorded } from '../../src/core/history/recorded.ts';
import { trendOf } from '../../src/core/history/trend.ts';
import { keyOf } from '../../src/core/ids.ts';
import { toInstant } from '../../src/core/time.ts';
import { formatIds, formats, render } from '../../src/report/index.ts';
import { aJobMachine, aJobRun, anApplyRun, anAuditRecord, began, machineIdOf } from '../cli/history-runs.ts';
import { expectGolden } from '../core/golden.ts';

const day = 86_400_000;
const point = (number: number) => {
  const collection = machineIdOf('web01').replace('virtualMachines/web01', 'restorePointCollections/hf-web01');
  return { id: `${collection}/restorePoints/hf-web01-${number}`, at: toInstant(began + number * day) };
};
const made = (number: number) => ({ pointId: point(number).id, newestPoint: point(number) });

const records: readonly Recorded[] = [
  aJobRun(7, { outcome: 'held', machines: [], pruned: 0 }),
  aJobRun(6, {
    machines: [
      aJobMachine('web01', {
        outcome: 'failed',
        newestPoint: point(5),
        reason: 'Azure refused it:\u001b[31m the agent does not answer',
      }),
      aJobMachine('=db01'),
    ],
  }),
  aJobRun(5, { machines: [aJobMachine('web01', { ...made(5), missedWindows: 2, late: true })] }),
  anAuditRecord(4, { complete: false }),
  anApplyRun(80),
  aJobRun(2, { machines: [aJobMachine('web01', made(2)), aJobMachine('db01', { outcome: 'existing' })] }),
  anAuditRecord(1),
];
const reportOf = (machine: boolean): HistoryReport => {
  const key = keyOf(machineIdOf('web01'));
  const entries = records.map((recorded) => entryOf(recorded, 'AzurePublic', machine ? key : undefined));
  return {
    schemaVersion: historySchemaVersion,
    kind: 'holdfast.history',
    file: '/var/lib/holdfast/history.sqlite',
    ...(machine
      ? { machine: { id: key, name: 'web01' }, trend: trendOf(entries) }
      : { job: 'nightly', since: toInstant(began) }),
    entries,
    leftOut: machine ? 0 : 31,
    notCounted: machine ? 0 : 1,
    unreadable: machine ? 0 : 2,
    totals: totalsOf(entries),
  };
};
const reports = { history: reportOf(false), 'history-machine': reportOf(true) };

describe.each(Object.entries(reports))('%s', (name, report) => {
  it.each(formatIds)('as %s', (format) => {
    expectGolden(`report/${name}.${formats[format].extension}`, render(format, report, { width: 100, colour: false }));
  });

  it.each([80, 120])('as a table of %i columns stays within them and says where it cuts', (width) => {
    const text = render('table', report, { width, colour: false });
    for (const line of text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(width);
    expect(text.replace(/^… What.*$/m, '').includes('…')).toBe(text.includes('… What does not fit is cut'));
  });

  it('as JSON is the report, whole', () => {
    expect(JSON.parse(render('json', report, { width: 100, colour: false }))).toEqual(
      JSON.parse(JSON.stringify(report)),
    );
  });
});

describe('a history', () => {
  const text = (report: HistoryReport) => render('table', report, { width: 80, colour: false });

  it('says what a limit, an age and a damage leave out', () => {
    expect(text(reports.history)).toContain('31 older records not shown, but counted');
    expect(text(reports.history)).toContain('1 record older still is not counted');
    expect(text(reports.history)).toMatch(/2 records could not be read, and are in no number above/);
  });

  it('of nothing says so', () => {
    const { trend: _, ...rest } = reports['history-machine'];
    expect(text({ ...rest, entries: [] })).toContain('Nothing is recorded of web01.');
  });
});

describe('a run that could not be carried out, or was refused its retention', () => {
  const summary = 'The login host login.example cannot be reached';
  const problem = { code: 'azure-unreachable', severity: 'high', subject: 's', summary } as const;
  const told = (run: Recorded): string => {
    const entries = [entryOf(run, 'AzurePublic')];
    return render('table', { ...reportOf(false), entries, totals: totalsOf(entries) }, { width: 200, colour: false });
  };

  it('says why in its line, and nothing of mere notes', () => {
    const note = { ...problem, severity: 'low', summary: 'by the way' } as const;
    const text = told(aJobRun(1, { outcome: 'failed', machines: [], pruned: 0, problems: [note, problem] }));
    expect(text).toContain(`could not be carried out; ${summary}`);
    expect(text).not.toContain('by the way');
    expect(told(aJobRun(1, { problems: [problem] }))).toContain(`2 made, 1 pruned; ${summary}`);
  });
});
