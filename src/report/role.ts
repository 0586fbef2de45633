/** A custom role as text: JSON for `az role definition create`, and Bicep printed from the same value. */
import { anySubscription, type CustomRole } from '../core/roles.ts';

export const roleFormats = ['json', 'bicep'] as const;
export type RoleFormat = (typeof roleFormats)[number];

export const roleText = (role: CustomRole, format: RoleFormat): string =>
  format === 'json' ? roleJson(role) : roleBicep(role);

const roleJson = (role: CustomRole): string => `${JSON.stringify(role, null, 2)}\n`;

/** https://learn.microsoft.com/azure/templates/microsoft.authorization/roledefinitions */
const roleBicep = (role: CustomRole): string =>
  [
    "targetScope = 'subscription'",
    '',
    "resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {",
    `  name: guid(subscription().id, ${quoted(role.Name)})`,
    '  properties: {',
    `    roleName: ${quoted(role.Name)}`,
    `    description: ${quoted(role.Description)}`,
    "    type: 'CustomRole'",
    '    permissions: [',
    '      {',
    ...list('actions', role.Actions.map(quoted), '        '),
    ...list('notActions', role.NotActions.map(quoted), '        '),
    '      }',
    '    ]',
    ...list('assignableScopes', role.AssignableScopes.map(scopeText), '    '),
    '  }',
    '}',
    '',
  ].join('\n');

const list = (name: string, items: readonly string[], indent: string): readonly string[] =>
  items.length === 0
    ? [`${indent}${name}: []`]
    : [`${indent}${name}: [`, ...items.map((item) => `${indent}  ${item}`), `${indent}]`];

/** Where no subscription was named: the one it is deployed to. */
const scopeText = (scope: string): string => (scope === anySubscription ? 'subscription().id' : quoted(scope));

/** https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#strings */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replaceAll('${', '\\${')}'`;
