// An entry as it is sealed: the leaf of the log. Nobody's personal data stands in it in the clear: whom it concerns is
// named by a pseudonym, and what tells of a person is encrypted under a key of their own, which can be destroyed.
import * as z from 'zod';
import { canonicalJson, isCanonicalJson } from '../canonical-json.ts';

/** C2SP tlog-tiles: an entry's length in its bundle has 16 bits. */
export const MAXIMUM_LEAF_BYTES = 65_535;

const pseudonymSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'expected 128 random bits in base64url');

/** What an entry is about. Identities and operators have pseudonyms. */
export const logSubjectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('identity'), id: pseudonymSchema }),
  z.strictObject({ kind: z.literal('operator'), id: pseudonymSchema }),
  z.strictObject({ kind: z.literal('application'), id: z.string().min(1).max(64) }),
  z.strictObject({ kind: z.literal('hr-source'), id: z.string().min(1).max(64) }),
  /** Of the mass-error guard or of a changed access model. What is held about a merge is told of its identities. */
  z.strictObject({ kind: z.literal('hold'), id: z.string().min(1).max(128) }),
  /** This deployment itself: its access model, settings and keys. */
  z.strictObject({ kind: z.literal('deployment'), id: z.string().min(1).max(64) }),
]);

/** Who did it; an operator by pseudonym. */
export const logActorSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hr-source'), id: z.string().min(1).max(64) }),
  z.strictObject({ type: z.literal('operator'), id: pseudonymSchema }),
  z.strictObject({ type: z.literal('tenure'), id: z.string().min(1).max(128) }),
  /** Whoever could not be authenticated. */
  z.strictObject({ type: z.literal('unknown'), id: z.string().max(64) }),
]);

export const logEntrySchema = z.strictObject({
  format: z.literal(1),
  /** Unique in the log; the same audit entry always gets the same. */
  id: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  /** RFC 3339, UTC, milliseconds: when it happened, by the clock of whoever wrote it. */
  at: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  subject: logSubjectSchema,
  /** The how-manieth entry about its subject, from 0 without a gap, in the log's order. */
  sequence: z.int().min(0),
  actor: logActorSchema,
  /** What set it off. */
  trigger: z.string().max(256).optional(),
  /** The same from an HR event to the last removal that it brought about. */
  correlation: z.string().max(64).optional(),
  /** The identity's version, and the lease's epoch, under which it happened. */
  version: z.int().min(0).optional(),
  epoch: z.int().min(0).optional(),
  /** Of the access model that it rests on. */
  modelHash: z.string().max(64).optional(),
  /** An audit event without what tells of a person. */
  event: z.looseObject({ type: z.string().min(1).max(64) }),
  /** The rest of it: base64url of what core/audit/personal-part.ts encrypts under the subject's key. */
  personal: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional(),
  /** Where it would not fit: the members of the event beside its type lie in an object of their own, with this hash. */
  detail: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(1) }).optional(),
});

export type LogEntry = z.infer<typeof logEntrySchema>;
export type LogSubject = z.infer<typeof logSubjectSchema>;
export type LogActor = z.infer<typeof logActorSchema>;

/** The leaf's bytes: canonical JSON (RFC 8785) in UTF-8. Throws a RangeError past the bound of tlog-tiles. */
export function encodeLogEntry(entry: LogEntry): Uint8Array {
  const bytes = new TextEncoder().encode(canonicalJson(entry));
  if (bytes.length > MAXIMUM_LEAF_BYTES)
    throw new RangeError(`log entry ${entry.id} has ${bytes.length} bytes of at most ${MAXIMUM_LEAF_BYTES}`);
  return bytes;
}

/**
 * The entry that the bytes say. Throws a SyntaxError that names what is wrong; also when they are not the canonical form
 * of what they say, since two forms of one entry would be two leaves.
 */
export function decodeLogEntry(bytes: Uint8Array): LogEntry {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value: unknown = JSON.parse(text);
  const parsed = logEntrySchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SyntaxError(`no log entry: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  if (!isCanonicalJson(text, value)) throw new SyntaxError('no log entry: not in canonical form');
  return parsed.data;
}
