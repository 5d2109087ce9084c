// Who stands behind a pseudonym of the sealed log, and the key under which what tells of them is encrypted. It has a table
// of its own: whoever reads identities need not read keys, and restoring the identities of an earlier day brings back no
// key that was destroyed since.
import type { SubjectName, Subjects } from '../../core/audit/redaction.ts';

/** What was put on record before somebody was forgotten: core/audit/erasure-entry.ts makes of it which entry that is. */
export interface ErasureProof {
  /** Of the entry. RFC 3339. */
  readonly at: string;
  /** 128 random bits in base64url, without which the entry cannot be tied to an id. */
  readonly salt: string;
}

export interface Forgotten {
  readonly forgottenAt: string;
  readonly proof?: ErasureProof | undefined;
}

export interface SubjectStore {
  /**
   * By `subjectKey`. Whoever has none yet is given a pseudonym and a key; of callers at once all get the same.
   *
   * @param latest by `subjectKey`, when the latest of what is to be told of them was (RFC 3339): of whom nothing is told
   *   since they were forgotten no pseudonym is kept, and what is answered is somebody nobody can ever find
   */
  subjectsOf(names: readonly SubjectName[], latest?: ReadonlyMap<string, string>): Promise<Subjects>;
  /** By `subjectKey`, without the keys: only those who have one. At most 100. */
  findPseudonyms(names: readonly SubjectName[]): Promise<ReadonlyMap<string, string>>;
  /** By `subjectKey`: only those who have a pseudonym and a key; nobody is given any. At most 100. */
  findSubjects(names: readonly SubjectName[]): Promise<Subjects>;
  /** By `subjectKey`: those under whose id somebody was forgotten, whoever has it now. At most 100. */
  findForgotten(names: readonly SubjectName[]): Promise<ReadonlyMap<string, Forgotten>>;
  /** By pseudonym; of one who was forgotten nobody knows. At most 100. */
  resolve(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, SubjectName>>;
  /**
   * Destroys the keys and pseudonyms under this id, of the identity and of the operator. Who comes again under it is
   * somebody else to the log. That there was somebody is remembered until `untilMs`, for what is delivered once more.
   */
  forget(id: string, forgottenMs: number, untilMs: number, proof?: ErasureProof): Promise<void>;
}
