import { AzureError } from './service.ts';

/** ARM's error body. The gateway and nearly every provider use it. */
export function errorBody(error: AzureError): { error: Record<string, unknown> } {
  return {
    error: {
      code: error.code,
      message: error.message,
      ...(error.target === undefined ? {} : { target: error.target }),
      ...(error.details.length === 0 ? {} : { details: error.details }),
    },
  };
}

/** Errors of the gateway itself say so in a header. */
const GATEWAY = { headers: { 'x-ms-failure-cause': 'gateway' } };

/** `provider/type/type` and the last name of a resource id. */
export function typeAndName(id: string): { type: string; name: string; resourceGroup: string | undefined } {
  const segments = id.split('/').filter((part) => part !== '');
  const at = segments.findLastIndex((part) => part.toLowerCase() === 'providers');
  const [namespace = '', ...rest] = segments.slice(at + 1);
  const types = rest.filter((_, index) => index % 2 === 0);
  const names = rest.filter((_, index) => index % 2 === 1);
  const group = segments.findIndex((part) => part.toLowerCase() === 'resourcegroups');
  return {
    type: [namespace, ...types].join('/'),
    name: names.join('/'),
    resourceGroup: group === -1 ? undefined : segments[group + 1],
  };
}

/** The gateway's 404 for a resource ARM never heard of. */
export function resourceNotFound(id: string, type?: string): AzureError {
  const named = typeAndName(id);
  const text =
    `The Resource '${type ?? named.type}/${named.name}' under resource group ` +
    `'${named.resourceGroup ?? '<null>'}' was not found.`;
  return new AzureError(
    404,
    'ResourceNotFound',
    `${text} For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    GATEWAY,
  );
}

export function resourceGroupNotFound(name: string): AzureError {
  return new AzureError(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`, GATEWAY);
}

export function resourceGroupBeingDeleted(name: string): AzureError {
  const text = `The resource group '${name}' is in deprovisioning state and cannot perform this operation.`;
  return new AzureError(409, 'ResourceGroupBeingDeleted', text, GATEWAY);
}

export function parentResourceNotFound(childType: string, parentId: string): AzureError {
  const parent = typeAndName(parentId);
  const text =
    `Failed to perform 'write' on resource(s) of type '${childType}', because the parent resource ` +
    `'${parent.type}/${parent.name}' could not be found.`;
  return new AzureError(404, 'ParentResourceNotFound', text, GATEWAY);
}

export function subscriptionNotFound(id: string): AzureError {
  return new AzureError(404, 'SubscriptionNotFound', `The subscription '${id}' could not be found.`, GATEWAY);
}

export function missingApiVersion(): AzureError {
  const text = 'The api-version query parameter (?api-version=) is required for all requests.';
  return new AzureError(400, 'MissingApiVersionParameter', text, GATEWAY);
}

/** Azure names the supported versions, newest first; a regional write hears of a missing provider instead. */
export function unsupportedApiVersion(
  type: string,
  asked: string,
  supported: readonly string[],
  location?: string,
): AzureError {
  const versions = [...supported].sort().toReversed().join(', ');
  const [namespace = '', ...rest] = type.split('/');
  if (location !== undefined) {
    const text =
      `No registered resource provider found for location '${location}' and API version '${asked}' for ` +
      `type '${rest.join('/')}'. The supported api-versions are '${versions}'.`;
    return new AzureError(400, 'NoRegisteredProviderFound', text, GATEWAY);
  }
  const text =
    `The resource type '${rest.join('/')}' could not be found in the namespace '${namespace}' for api ` +
    `version '${asked}'. The supported api-versions are '${versions}'.`;
  return new AzureError(400, 'InvalidResourceType', text, GATEWAY);
}

export function unknownNamespace(namespace: string): AzureError {
  return new AzureError(404, 'InvalidResourceNamespace', `The resource namespace '${namespace}' is invalid.`, GATEWAY);
}

export function unknownType(type: string, apiVersion: string): AzureError {
  const [namespace = '', ...rest] = type.split('/');
  const text =
    `The resource type '${rest.join('/')}' could not be found in the namespace '${namespace}' for api ` +
    `version '${apiVersion}'.`;
  return new AzureError(404, 'InvalidResourceType', text, GATEWAY);
}

export function invalidRequestContent(detail: string): AzureError {
  return new AzureError(
    400,
    'InvalidRequestContent',
    `The request content was invalid and could not be deserialized: '${detail}'.`,
  );
}

/** Compute's and most providers' 400 for a field they do not know or a value they cannot take. */
export function invalidParameter(target: string, message: string): AzureError {
  return new AzureError(400, 'InvalidParameter', message, { target });
}
