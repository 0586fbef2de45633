import { resourceNotFound } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import type { Answer, Call, Mutable, Route, Service, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { SCOPES } from './scopes.ts';

/** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
const MOST_TAGS = 50;
const LONGEST_NAME = 512;
const LONGEST_VALUE = 256;

/** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-support */
const WITHOUT_TAGS = /^Microsoft\.Compute\/restorePointCollections\/restorePoints$/i;

/** Tags of any resource. https://learn.microsoft.com/rest/api/resources/tags */
export const tags: Service = {
  provider: 'Microsoft.Resources',
  routes: SCOPES.flatMap((scope): Route[] => {
    const path = `${scope}/providers/Microsoft.Resources/tags/default`;
    return [
      {
        method: 'GET',
        path,
        apiVersions: apiVersions.resources,
        action: 'Microsoft.Resources/tags/read',
        handle: (call) => answer(subject(call)),
      },
      {
        method: 'PUT',
        path,
        apiVersions: apiVersions.resources,
        action: 'Microsoft.Resources/tags/write',
        request: 'TagsResource',
        handle: (call) => answer(change(call, () => sentTags(call))),
      },
      {
        method: 'PATCH',
        path,
        apiVersions: apiVersions.resources,
        action: 'Microsoft.Resources/tags/write',
        request: 'TagsPatchResource',
        handle: (call) => answer(change(call, (old) => patched(call, old))),
      },
      {
        method: 'DELETE',
        path,
        apiVersions: apiVersions.resources,
        action: 'Microsoft.Resources/tags/delete',
        handle: (call) => {
          change(call, () => ({}));
          return { status: 200 };
        },
      },
    ];
  }),
};

function subject(call: Call): Stored {
  const id = call.path.replace(/\/providers\/Microsoft\.Resources\/tags\/default$/i, '');
  const stored = call.world.store.get(id);
  if (!stored) throw resourceNotFound(id);
  return stored;
}

function sentTags(call: Call): Mutable {
  return { ...call.body?.['properties']?.tags };
}

/** Tag names are compared without regard to case: a merge keeps the spelling that is there. */
function patched(call: Call, old: Mutable): Mutable {
  const sent = sentTags(call);
  const operation = String(call.body?.['operation'] ?? 'Merge').toLowerCase();
  if (operation === 'replace') return sent;
  const merged = { ...old };
  for (const [name, value] of Object.entries(sent)) {
    const known = Object.keys(merged).find((key) => key.toLowerCase() === name.toLowerCase());
    if (operation === 'delete') {
      if (known !== undefined && merged[known] === value) delete merged[known];
    } else merged[known ?? name] = value;
  }
  return merged;
}

function change(call: Call, next: (old: Mutable) => Mutable): Stored {
  const { id, type } = subject(call);
  if (WITHOUT_TAGS.test(type))
    throw new AzureError(400, 'TagsNotSupportedForResourceType', `Resources of type '${type}' take no tags.`);
  return call.world.store.update(id, (edited) => {
    const changed = next({ ...edited.body['tags'] });
    for (const [name, value] of Object.entries(changed)) refuseLong(name, String(value));
    if (Object.keys(changed).length > MOST_TAGS)
      throw new AzureError(400, 'TooManyTags', `The maximum number of tags is ${MOST_TAGS}.`);
    edited.body['tags'] = changed;
  });
}

function refuseLong(name: string, value: string): void {
  if (name.length > LONGEST_NAME)
    throw new AzureError(
      400,
      'TagNameTooLong',
      `The tag name '${name.slice(0, 40)}…' exceeds ${LONGEST_NAME} characters.`,
    );
  if (value.length > LONGEST_VALUE)
    throw new AzureError(400, 'TagValueTooLong', `The value of tag '${name}' exceeds ${LONGEST_VALUE} characters.`);
}

function answer(stored: Stored): Answer {
  return {
    status: 200,
    body: {
      id: `${stored.id}/providers/Microsoft.Resources/tags/default`,
      name: 'default',
      type: 'Microsoft.Resources/tags',
      properties: { tags: stored.body['tags'] ?? {} },
    },
  };
}
