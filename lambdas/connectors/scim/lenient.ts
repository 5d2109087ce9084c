// What SCIM providers answer in other types than RFC 7643 says. Only ids must be there: cutting somebody off must not fail
// on a malformed title, and what cannot be read of an id must never be taken for "nobody".
import * as z from 'zod';

/** Ids and names are numbers with some providers, whose API is older than their SCIM. */
export const idSchema = z.union([z.string().min(1), z.number()]).transform(String);

/** Whatever is no text is as if it were not there. */
export const textSchema = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(undefined);

/** A part that is not what it should be is as if it were not there. */
export function optional<Part>(schema: z.ZodType<Part>) {
  return schema.nullish().catch(undefined);
}

/** RFC 7643 section 2.4: `{value, $ref}`; also seen: the bare id, a number, `$ref` alone, one object in place of a list. */
const referenceSchema = z.union([
  idSchema.transform((value) => ({ value, type: undefined })),
  z
    .object({ value: z.union([idSchema, z.literal('')]).nullish(), $ref: z.string().nullish(), type: textSchema })
    .transform(({ value, $ref, type }) => ({ value: value || lastSegmentOf($ref), type })),
]);

/** `value` is undefined where it cannot be told who is meant. */
export type Reference = z.infer<typeof referenceSchema>;

export const referencesSchema = z
  .union([z.array(referenceSchema), referenceSchema.transform((reference) => [reference])])
  .nullish();

function lastSegmentOf(address: string | null | undefined): string | undefined {
  const segment = address?.split('/').at(-1);
  try {
    return segment ? decodeURIComponent(segment) : undefined;
  } catch {
    return undefined;
  }
}

/** Ids are case-exact (RFC 7643 section 3.1); a UUID is the same in either case, and some providers write it in both. */
export function isSameId(one: string, other: string): boolean {
  return one === other || (UUID.test(one) && one.toLowerCase() === other.toLowerCase());
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
