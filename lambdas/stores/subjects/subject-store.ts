// Who stands behind a pseudonym of the sealed log, and the key under which what tells of them is encrypted. It has a table
// of its own: whoever reads identities need not read keys, and restoring the identities of an earlier day brings back no
// key that was destroyed since.
import type { SubjectName, Subjects } from '../../core/audit/redaction.ts';

export interface SubjectStore {
  /** By `subjectKey`. Whoever has none yet is given a pseudonym and a key; of callers at once all get the same. */
  subjectsOf(names: readonly SubjectName[]): Promise<Subjects>;
  /** By `subjectKey`, without the keys: only those who have one. At most 100. */
  findPseudonyms(names: readonly SubjectName[]): Promise<ReadonlyMap<string, string>>;
  /** By pseudonym; of one who was forgotten nobody knows. At most 100. */
  resolve(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, SubjectName>>;
  /**
   * Destroys the keys and pseudonyms under this id, of the identity and of the operator. Who comes again under it is
   * somebody else to the log. That there was somebody is remembered until `untilMs`, for what is delivered once more.
   */
  forget(id: string, forgottenMs: number, untilMs: number): Promise<void>;
}
