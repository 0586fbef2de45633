/**
 * The regions of public Azure, and which are paired. https://learn.microsoft.com/azure/reliability/regions-list,
 * https://learn.microsoft.com/azure/reliability/regions-paired
 */
import { typeAndName } from './envelope.ts';
import { AzureError, type Call, type Mutable } from './service.ts';

export interface Location {
  readonly name: string;
  readonly displayName: string;
  readonly geographyGroup: string;
  readonly paired?: string;
}

/** `name|display name|its pair`, by group. */
const BY_GROUP: Readonly<Record<string, string>> = {
  US: `eastus|East US|westus
    eastus2|East US 2|centralus
    southcentralus|South Central US|northcentralus
    westus2|West US 2|westcentralus
    westus3|West US 3|eastus
    centralus|Central US|eastus2
    northcentralus|North Central US|southcentralus
    westus|West US|eastus
    westcentralus|West Central US|westus2
    eastus2euap|East US 2 EUAP|centraluseuap
    centraluseuap|Central US EUAP|eastus2euap`,
  Canada: `canadacentral|Canada Central|canadaeast
    canadaeast|Canada East|canadacentral`,
  Mexico: 'mexicocentral|Mexico Central|',
  'South America': `brazilsouth|Brazil South|southcentralus
    brazilsoutheast|Brazil Southeast|brazilsouth
    chilecentral|Chile Central|`,
  Europe: `northeurope|North Europe|westeurope
    westeurope|West Europe|northeurope
    uksouth|UK South|ukwest
    ukwest|UK West|uksouth
    francecentral|France Central|francesouth
    francesouth|France South|francecentral
    germanywestcentral|Germany West Central|germanynorth
    germanynorth|Germany North|germanywestcentral
    switzerlandnorth|Switzerland North|switzerlandwest
    switzerlandwest|Switzerland West|switzerlandnorth
    norwayeast|Norway East|norwaywest
    norwaywest|Norway West|norwayeast
    swedencentral|Sweden Central|swedensouth
    swedensouth|Sweden South|swedencentral
    italynorth|Italy North|
    polandcentral|Poland Central|
    spaincentral|Spain Central|
    austriaeast|Austria East|
    belgiumcentral|Belgium Central|`,
  'Middle East': `uaenorth|UAE North|uaecentral
    uaecentral|UAE Central|uaenorth
    qatarcentral|Qatar Central|
    israelcentral|Israel Central|`,
  Africa: `southafricanorth|South Africa North|southafricawest
    southafricawest|South Africa West|southafricanorth`,
  'Asia Pacific': `eastasia|East Asia|southeastasia
    southeastasia|Southeast Asia|eastasia
    australiaeast|Australia East|australiasoutheast
    australiasoutheast|Australia Southeast|australiaeast
    australiacentral|Australia Central|australiacentral2
    australiacentral2|Australia Central 2|australiacentral
    newzealandnorth|New Zealand North|
    japaneast|Japan East|japanwest
    japanwest|Japan West|japaneast
    koreacentral|Korea Central|koreasouth
    koreasouth|Korea South|koreacentral
    centralindia|Central India|southindia
    southindia|South India|centralindia
    westindia|West India|southindia
    jioindiawest|Jio India West|jioindiacentral
    jioindiacentral|Jio India Central|jioindiawest
    indonesiacentral|Indonesia Central|
    malaysiawest|Malaysia West|`,
};

export const LOCATIONS: readonly Location[] = Object.entries(BY_GROUP).flatMap(([geographyGroup, lines]) =>
  lines.split('\n').map((line) => {
    const [name = '', displayName = '', paired = ''] = line.trim().split('|');
    return { name, displayName, geographyGroup, ...(paired === '' ? {} : { paired }) };
  }),
);

/** Names of many regions at once: listed beside them, and nothing can be made there. */
const LOGICAL: readonly (readonly [string, string])[] = [
  ['global', 'Global'],
  ['unitedstates', 'United States'],
  ['europe', 'Europe'],
  ['asia', 'Asia'],
];

/** https://learn.microsoft.com/rest/api/resources/subscriptions/list-locations */
export function locationsOf(subscriptionId: string): readonly Mutable[] {
  const idOf = (name: string): string => `/subscriptions/${subscriptionId}/locations/${name}`;
  const body = (name: string, displayName: string, metadata: Mutable): Mutable => ({
    id: idOf(name),
    name,
    type: 'Region',
    displayName,
    regionalDisplayName: displayName,
    metadata,
  });
  return [
    ...LOCATIONS.map(({ name, displayName, geographyGroup, paired }) => ({
      ...body(name, displayName, {
        regionType: 'Physical',
        regionCategory: 'Recommended',
        geographyGroup,
        pairedRegion: paired === undefined ? [] : [{ name: paired, id: idOf(paired) }],
      }),
      regionalDisplayName: `(${geographyGroup}) ${displayName}`,
    })),
    ...LOGICAL.map(([name, displayName]) =>
      body(name, displayName, { regionType: 'Logical', regionCategory: 'Other' }),
    ),
  ];
}

/** Azure takes the display name as well, and any case. */
const isKnown = (location: string): boolean =>
  LOCATIONS.some(({ name }) => name === location.replaceAll(' ', '').toLowerCase());

/**
 * What is written to a region that Azure does not have, codes and words as seen in
 * https://github.com/Azure/azure-rest-api-specs/pull/8577 and https://github.com/cloud-barista/cb-spider/issues/527
 */
export function requireLocation({ method, path, body }: Call): void {
  const location: unknown = body?.['location'];
  if (method !== 'PUT' || typeof location !== 'string' || location === '' || isKnown(location)) return;
  const names = LOCATIONS.map(({ name }) => name).join(',');
  const provided = `The provided location '${location}' is not available for resource`;
  if (!path.toLowerCase().includes('/providers/'))
    throw new AzureError(
      400,
      'LocationNotAvailableForResourceGroup',
      `${provided} group. List of available regions is '${names}'.`,
    );
  throw new AzureError(
    400,
    'LocationNotAvailableForResourceType',
    `${provided} type '${typeAndName(path).type}'. List of available regions for the resource type is '${names}'.`,
  );
}
