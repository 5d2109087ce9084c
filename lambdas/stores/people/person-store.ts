// Which identity a person of an HR system is. HR systems count people by ids of their own, and of somebody whom one no
// longer has that id is all that is left. It lies in the identities table, in partitions that no identity can have.

export interface PersonStore {
  /** Undefined when the person was never read. */
  findIdentity(source: string, personId: string): Promise<string | undefined>;
  /** Undefined when no person of the source is this identity. */
  findPerson(source: string, identityId: string): Promise<string | undefined>;
  /** Ties the two for good. False, and nothing is written, when either is tied to another. */
  tie(source: string, personId: string, identityId: string): Promise<boolean>;
}
