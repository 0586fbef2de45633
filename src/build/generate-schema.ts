/** Writes config/*.schema.json, for editors, from the zod schemas: `node src/build/generate-schema.ts`. */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { priceFileSchema } from '../core/cost/price-schema.ts';
import { guidanceSchema } from '../core/guidance-schema.ts';
import { jobFileSchema } from '../core/job/job-schema.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The text of the schema file: a whole guidance, or with `extends: default` only what differs. */
export const guidanceJsonSchema = (): string => {
  const { $schema, title, description, ...whole } = z.toJSONSchema(guidanceSchema, {
    io: 'input',
    target: 'draft-2020-12',
  });
  const extending: JsonSchema = {
    ...partial(whole),
    properties: {
      extends: { const: 'default', description: 'Lay this file over the shipped guidance.' },
      ...partial(whole).properties,
    },
  };
  // oxlint-disable-next-line unicorn/no-thenable -- `then` is JSON Schema's own word
  const schema = { $schema, title, description, if: { required: ['extends'] }, then: extending, else: whole };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
};

/** Nothing is required in a map that merges; lists, and maps of `value` and `source`, replace and stay as they are. */
const partial = (schema: JsonSchema): JsonSchema => {
  const { required: _required, properties, additionalProperties, ...rest } = schema;
  if (properties !== undefined && 'value' in properties) return schema;
  return {
    ...rest,
    ...(properties === undefined ? {} : { properties: mapValues(properties, partialOf) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: partialOf(additionalProperties) }),
  };
};

const partialOf = (schema: JsonSchema | boolean): JsonSchema | boolean =>
  typeof schema === 'boolean' ? schema : partial(schema);

const mapValues = <T>(map: Readonly<Record<string, T>>, f: (value: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, f(value)]));

/** The text of the schema file of price tables. */
export const pricesJsonSchema = (): string =>
  `${JSON.stringify(z.toJSONSchema(priceFileSchema, { io: 'input', target: 'draft-2020-12' }), undefined, 2)}\n`;

/** The text of the schema file of jobs: each says when, in one of two ways. */
export const jobJsonSchema = (): string => {
  const schema = z.toJSONSchema(jobFileSchema, { io: 'input', target: 'draft-2020-12' });
  const when = [{ required: ['schedule'] }, { required: ['window'] }];
  return `${JSON.stringify({ ...schema, oneOf: when }, undefined, 2)}\n`;
};

if (import.meta.main) {
  writeFileSync(new URL('../../config/guidance.schema.json', import.meta.url), guidanceJsonSchema());
  writeFileSync(new URL('../../config/prices.schema.json', import.meta.url), pricesJsonSchema());
  writeFileSync(new URL('../../config/job.schema.json', import.meta.url), jobJsonSchema());
}
