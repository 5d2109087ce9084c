// What each attribute may hold, read off the schema that HR events are checked with, so that the two cannot drift.
import * as z from 'zod';
import type { PatternField } from '../../lambdas/core/access-model/impossible-pattern.ts';
import { attributesSchema, CONDITION_ATTRIBUTES } from '../../lambdas/core/identity/attributes.ts';

/** Every attribute an access profile may ask about. */
export const ATTRIBUTE_FIELDS: Readonly<Record<string, PatternField>> = Object.fromEntries(
  CONDITION_ATTRIBUTES.map((name) => [name, fieldOf(attributesSchema.shape[name])]),
);

function fieldOf(schema: z.ZodType): PatternField {
  // Functions see parsed attributes, hence the output side: a text with spaces around it, say, never arrives.
  const parts = flatten(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }));
  const types = [...new Set(parts.flatMap(({ type }) => (isFieldType(type) ? [type] : [])))];
  const texts = parts.filter(({ type }) => type === 'string');
  const values = texts.every((part) => part.enum !== undefined) ? texts.flatMap((part) => part.enum ?? []) : undefined;
  const accepts = (value: string) => {
    const parsed = schema.safeParse(value);
    return parsed.success && parsed.data === value;
  };
  return { types, accepts, ...(values === undefined ? {} : { values: values.map(String) }) };
}

function flatten(schema: z.core.JSONSchema.BaseSchema): readonly z.core.JSONSchema.BaseSchema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap((part) => flatten(part as typeof schema));
}

function isFieldType(type: unknown): type is PatternField['types'][number] {
  return type === 'string' || type === 'number' || type === 'boolean' || type === 'null';
}
