// Whom a signal is about (RFC 9493), as far as Tenure can find somebody by it. Of a complex subject (SSF 1.0 section 3.2)
// that is its user: which of their sessions or devices it was makes no difference here.
import * as z from 'zod';

const simpleSchema = z.discriminatedUnion('format', [
  z.object({ format: z.literal('email'), email: z.string().min(3).max(320) }),
  z.object({ format: z.literal('iss_sub'), iss: z.string().min(1).max(500), sub: z.string().min(1).max(500) }),
  z.object({ format: z.literal('opaque'), id: z.string().min(1).max(500) }),
]);
export type SubjectId = z.infer<typeof simpleSchema>;

const complexSchema = z.object({ format: z.literal('complex').optional(), user: z.unknown() });

/** Undefined: there is none, or it is of a kind by which nobody can be found. */
export function readSubjectId(written: unknown): SubjectId | undefined {
  const simple = simpleSchema.safeParse(written);
  if (simple.success) return simple.data;
  const complex = complexSchema.safeParse(written);
  return complex.success ? simpleSchema.safeParse(complex.data.user).data : undefined;
}
