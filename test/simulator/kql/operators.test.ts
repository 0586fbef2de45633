import { describe, expect, it } from 'vitest';
import { KqlError } from '../../../src/simulator/kql/kql-error.ts';
import { namesOf, rowsOf, run } from './tables.ts';

const vms = `resources | where type =~ 'Microsoft.Compute/virtualMachines'`;

/** Operator, query and its rows. */
const golden: readonly (readonly [string, readonly (readonly unknown[])[]])[] = [
  [`${vms} | project name`, [['web-1'], ['db-1'], ['Test-1']]],
  [`where type =~ 'microsoft.compute/disks' | project name`, [['web-os'], ['db-data']]],
  [`project name | take 1`, [['web-1']]],
  [
    `${vms} | extend big = toint(properties.cores) > 8 | project name, big`,
    [
      ['web-1', false],
      ['db-1', true],
      ['Test-1', null],
    ],
  ],
  [`${vms} | extend name = toupper(name) | project name | limit 1`, [['WEB-1']]],
  [
    `${vms} | project-away tags, properties, sku, zones, id, type, location, resourceGroup, subscriptionId, managedBy | take 1`,
    [['web-1']],
  ],
  [`${vms} | project-keep n* | take 1`, [['web-1']]],
  [
    `${vms} | project name, location | project-rename machine = name | where machine == 'db-1'`,
    [['db-1', 'northeurope']],
  ],
  [`${vms} | order by name asc | project name`, [['Test-1'], ['db-1'], ['web-1']]],
  [`${vms} | sort by location asc, name desc | project name`, [['db-1'], ['web-1'], ['Test-1']]],
  [`${vms} | order by toint(properties.cores) | project name`, [['db-1'], ['web-1'], ['Test-1']]],
  [`${vms} | order by toint(properties.cores) asc | project name`, [['Test-1'], ['web-1'], ['db-1']]],
  [`${vms} | order by toint(properties.cores) asc nulls last | project name`, [['web-1'], ['db-1'], ['Test-1']]],
  [`${vms} | top 1 by name | project name`, [['web-1']]],
  [`${vms} | top 2 by toint(properties.cores) desc | project name`, [['db-1'], ['web-1']]],
  [`resources | count`, [[5]]],
  [`resources | distinct location`, [['westeurope'], ['northeurope']]],
  [
    `resources | summarize count() by type`,
    [
      ['microsoft.compute/virtualmachines', 3],
      ['microsoft.compute/disks', 2],
    ],
  ],
  [`resources | where name == 'none' | summarize count(), sum(toint(properties.cores))`, [[0, 0]]],
  [`resources | where name == 'none' | summarize count() by type`, []],
  [
    `${vms} | summarize n = countif(location == 'westeurope'), least = min(toint(properties.cores)), most = max(toint(properties.cores)), mean = avg(toint(properties.cores)), places = dcount(location)`,
    [[2, 4, 16, 10, 2]],
  ],
  [
    `${vms} | summarize names = make_list(name) by location`,
    [
      ['westeurope', ['web-1', 'Test-1']],
      ['northeurope', ['db-1']],
    ],
  ],
  [`${vms} | summarize make_set(location)`, [[['westeurope', 'northeurope']]]],
  [`${vms} | summarize arg_max(toint(properties.cores), name)`, [[16, 'db-1']]],
  [
    `${vms} | summarize take_any(name) by location`,
    [
      ['westeurope', 'web-1'],
      ['northeurope', 'db-1'],
    ],
  ],
  [
    `${vms} | summarize any(name) by location`,
    [
      ['westeurope', 'web-1'],
      ['northeurope', 'db-1'],
    ],
  ],
  [`${vms} | summarize half = max(toint(properties.cores)) / 2`, [[8]]],
  [`${vms} | summarize by location`, [['westeurope'], ['northeurope']]],
  [`${vms} | summarize count() by bin(todatetime(properties.timeCreated), 7d) | project count_`, [[1], [1], [1]]],
  [
    `${vms} | mv-expand zone = zones | project name, zone`,
    [
      ['web-1', '1'],
      ['Test-1', null],
    ],
  ],
  [
    `${vms} | mv-expand zones to typeof(long) | project name, zones`,
    [
      ['web-1', 1],
      ['Test-1', null],
    ],
  ],
  [`${vms} | where name == 'web-1' | mv-expand tags | project tags`, [[{ env: 'Prod' }], [{ Owner: 'ann' }]]],
  [
    `${vms} | where name == 'web-1' | mv-expand bagexpansion=array tags | project k = tostring(tags[0])`,
    [['env'], ['Owner']],
  ],
  [`${vms} | where name == 'web-1' | mvexpand p = split('a,b,c', ',') limit 2 | project p`, [['a'], ['b']]],
  [
    `resources | where type has 'disks' | project name | union (ResourceContainers | project name)`,
    [['web-os'], ['db-data'], ['Payments']],
  ],
  [
    `ResourceContainers | project name | union kind=inner withsource=t (resources | project name, id | take 1)`,
    [
      ['ResourceContainers', 'Payments'],
      ['resources', 'web-1'],
    ],
  ],
  [
    `resources | project name | union (ResourceContainers | project state = tostring(properties.state)) | where isnotempty(state)`,
    [['', 'Enabled']],
  ],
];

describe('an operator', () => {
  it.each(golden)('%s', (query, rows) => {
    expect(rowsOf(query)).toEqual(rows);
  });

  it('names its columns as Kusto does', () => {
    expect(
      namesOf(
        `${vms} | project tostring(properties.hardwareProfile.vmSize), properties.cores, tags['env'], tolower(name), 1 + 1`,
      ),
    ).toEqual(['properties_hardwareProfile_vmSize', 'properties_cores', 'tags_env', 'Column1', 'Column2']);
    expect(
      namesOf(
        `${vms} | summarize count(), countif(true), sum(1), max(name), make_list(name), dcount(name) by location, tostring(tags.env)`,
      ),
    ).toEqual(['location', 'tags_env', 'count_', 'countif_', 'sum_', 'max_name', 'list_name', 'dcount_name']);
    expect(namesOf('resources | count')).toEqual(['Count']);
  });

  it('says whether the query cuts or sorts its own rows', () => {
    expect(run('resources | take 2').cut).toBe(true);
    expect(run('resources | top 2 by name').cut).toBe(false);
    expect(run('resources | order by name').ordered).toBe(true);
    expect(run('resources | order by name | summarize count() by type').ordered).toBe(false);
  });
});

const disks = `(resources | where type has 'disks' | project owner = tolower(managedBy), disk = name)`;

describe('join', () => {
  it('matches keys exactly: letters count, so ids must be lowered first', () => {
    const lowered = `${vms} | extend owner = tolower(id) | join ${disks} on owner | project name, disk`;
    expect(rowsOf(lowered)).toEqual([
      ['web-1', 'web-os'],
      ['db-1', 'db-data'],
    ]);
    expect(rowsOf(`${vms} | extend owner = id | join ${disks} on owner | project name, disk`)).toEqual([]);
  });

  it('keeps unmatched left rows in leftouter, with empty text and nulls on the right', () => {
    const query = `${vms} | extend vmId = tolower(id) | join kind=leftouter (resources | where type has 'disks' | project owner = tolower(managedBy), disk = name, gb = toint(properties.diskSizeGB)) on $left.vmId == $right.owner | project name, disk, gb`;
    expect(rowsOf(query)).toEqual([
      ['web-1', 'web-os', 128],
      ['db-1', 'db-data', 1024],
      ['Test-1', '', null],
    ]);
  });

  it('takes one left row per key by default, every one in an inner join', () => {
    const left = `${vms} | project location`;
    const right = `(${vms} | project location, name)`;
    expect(rowsOf(`${left} | join ${right} on location`)).toHaveLength(3);
    expect(rowsOf(`${left} | join kind=inner ${right} on location`)).toHaveLength(5);
  });

  it('appends a number to columns that both sides have', () => {
    expect(namesOf(`${vms} | project name, location | join (${vms} | project name, location) on location`)).toEqual([
      'name',
      'location',
      'name1',
      'location1',
    ]);
  });

  it('takes several keys, and a bare table on the right', () => {
    expect(
      rowsOf(`${vms} | project name, location | join (${vms} | project name, location) on name, location`),
    ).toHaveLength(3);
    expect(
      rowsOf(`${vms} | join kind=inner ResourceContainers on subscriptionId | project name, name1`),
    ).toContainEqual(['db-1', 'Payments']);
  });

  it('never matches a null with a null', () => {
    const cores = `(${vms} | project cores = toint(properties.cores), n = name)`;
    expect(
      rowsOf(`${vms} | extend cores = toint(properties.cores) | join kind=inner ${cores} on cores | project n`),
    ).toEqual([['web-1'], ['db-1']]);
  });
});

/** Query and the code in the answer's details. */
const refusals: readonly (readonly [string, string])[] = [
  ['where where', 'ParserFailure'],
  ['', 'ParserFailure'],
  ['resources |', 'ParserFailure'],
  ['resources | evaluate bag_unpack(tags)', 'ParserFailure'],
  ['resources | where', 'ParserFailure'],
  ['let x = 1; resources', 'ParserFailure'],
  ['resources | take many', 'ParserFailure'],
  ['resources | take -1', 'ParserFailure'],
  ['resources | project a =', 'ParserFailure'],
  ['resources resources', 'ParserFailure'],
  ['resources | WHERE name == "a"', 'ParserFailure'],
  ['resources | join kind=sideways (resources) on id', 'ParserFailure'],
  ['resources | join (resources) on $left.id == $left.id', 'ParserFailure'],
  ['resources | join kind=leftanti (resources) on id', 'UnsupportedJoinFlavor'],
  ['resources | join (resources) on nosuch', 'InvalidColumnNames'],
  ['resources | join (resources) on properties', 'InvalidKeyType'],
  ['nosuchtable | take 1', 'DisallowedLogicalTableName'],
  ['resources | summarize count() by properties.cores', 'InvalidKeyType'],
  ['resources | order by properties.cores', 'InvalidKeyType'],
  ['resources | summarize x = name', 'InvalidColumnNames'],
  ['resources | project-away nosuch', 'InvalidColumnNames'],
  ['resources | project a = 1, a = 2', 'DuplicateColumnNames'],
  ['resources | where name', 'InvalidPredicate'],
  ['resources | mv-expand zones limit 5000', 'DisallowedMvExpandRowLimit'],
  [`recoveryservicesresources | join (resources) on id`, 'DisallowedJoinTable'],
  [`resources${' | join kind=inner (resources | project id) on id'.repeat(4)}`, 'DisallowedNumberOfJoins'],
  [
    `resources${' | join kind=inner (recoveryservicesresources | project id) on id'.repeat(2)}`,
    'DisallowedMaxNumberOfRemoteTables',
  ],
  [`resources${' | union (resources)'.repeat(4)}`, 'DisallowedNumberOfUnionLegs'],
  [`resources${' | mv-expand zones'.repeat(4)}`, 'DisallowedNumberOfMvExpands'],
];

function refusalOf(query: string): KqlError {
  try {
    run(query);
  } catch (error) {
    if (error instanceof KqlError) return error;
    throw error;
  }
  throw new Error(`not refused: ${query}`);
}

describe('a query that Resource Graph does not take', () => {
  it.each(refusals)('%s is refused', (query, code) => {
    expect(refusalOf(query).detail.code).toBe(code);
  });

  it('says where the parser stopped, counting lines from one and characters from nought', () => {
    expect(refusalOf('where where').detail).toMatchObject({ line: 1, characterPositionInLine: 11, token: '<EOF>' });
    expect(refusalOf('resources\n| where name ==\n  | take 1').detail).toMatchObject({
      line: 3,
      characterPositionInLine: 2,
      token: '|',
    });
    expect(refusalOf('resources // one\n| take "two\n lines"').detail).toMatchObject({ line: 2 });
  });

  it("names the join kind in the service's words", () => {
    expect(refusalOf('resources | join kind=leftsemi (resources) on id').detail.message).toBe(
      'The join kind "LeftSemi" is not supported or not allowed.',
    );
  });

  it('takes three joins across Resources and ResourceContainers, and three self-joins', () => {
    expect(() =>
      run(`resources${' | join kind=inner (resourcecontainers | project subscriptionId) on subscriptionId'.repeat(3)}`),
    ).not.toThrow();
    expect(() => run(`resources${' | join kind=inner (resources | project id) on id'.repeat(3)}`)).not.toThrow();
  });
});
