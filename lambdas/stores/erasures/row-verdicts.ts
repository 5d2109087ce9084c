// What becomes of each kind of row when somebody is erased. A kind that is missing here fails a test, so that whoever adds
// one says what it keeps of people.

export type RowVerdict =
  /** Deleted where it is the identity's. */
  | 'erased'
  /** The name of an index key or a sort key, which goes with its row. */
  | 'with its row'
  /** Tells of people for days at most, by the table's time to live; what is known by its key is deleted before that. */
  | 'expires'
  /** Tells of nobody, or only of operators, under their own ids. */
  | 'impersonal'
  /** Says that somebody was erased, and when, for as long as an old event might bring them back. */
  | 'what is left';

/** By what the key begins with. */
export const ROW_VERDICTS: Readonly<Record<string, RowVerdict>> = {
  // The identities table: an identity's own partition.
  HEADER: 'erased',
  'FACT#': 'erased',
  'EFFECT#': 'erased',
  'ACCOUNT#': 'erased',
  'TASK#': 'erased',
  WAITING: 'erased',
  'WAITING#': 'erased',
  // What its requests made somebody be told.
  REQUESTS: 'erased',
  ERASED: 'what is left',
  // The same: partitions of their own.
  'EVENT#': 'erased',
  EVENT: 'with its row',
  'SPELLING#': 'erased',
  SPELLING: 'with its row',
  'ADDRESS#': 'erased',
  ADDRESS: 'with its row',
  'EMAIL#': 'with its row',
  'CERTIFICATE#': 'erased',
  CERTIFICATE: 'with its row',
  'PERSON#': 'erased',
  PERSON: 'with its row',
  IDENTITY: 'with its row',
  // A hold of a merge, or of an earlier erasure, goes; what it says of the mass-error guard's are numbers.
  'HOLD#': 'erased',
  'HELD#': 'erased',
  HELD: 'erased',
  GAINS: 'erased',
  // What somebody was told of requests, and the links by which they decide: 40 days at most.
  'NOTICE#': 'expires',
  'SLACK#': 'expires',
  'TEAMS#': 'expires',
  'LINK#': 'expires',
  LINK: 'with its row',
  'GUARD#': 'expires',
  'GUARD#POPULATION': 'impersonal',
  'MODEL#': 'impersonal',
  'MODEL#IN-USE': 'impersonal',
  'MODEL#WALK': 'impersonal',
  'PART#': 'impersonal',
  'SETTINGS#DEPLOYED': 'impersonal',
  // Hashes of tokens, and since when a stream is verified.
  'SIGNALS#': 'impersonal',
  STREAM: 'with its row',
  'TAKEN#': 'with its row',
  // Whom somebody was told of: an hour at most.
  'TOLD#': 'expires',
  // Tokens that wait name people for a week at most; the streams are of systems.
  'SSF#': 'expires',
  'SSF#STREAMS': 'impersonal',
  'RECONCILED#': 'impersonal',
  'RESTORE#': 'impersonal',
  RESTORE: 'with its row',
  // Review campaigns: whom one asks about, and in whose queue they are. What was decided at once goes with its carrying out.
  CAMPAIGNS: 'impersonal',
  'CAMPAIGN#': 'erased',
  'ASKED#': 'with its row',
  'QUEUE#': 'erased',
  'BATCHES#': 'expires',
  'FOUND#': 'expires',
  'SEEN#': 'expires',
  'PAGE#': 'with its row',
  // The activity table: an identity's own partition, and whose accounts are known by what. Of work groups it has numbers.
  MEMORY: 'erased',
  'ALERT#': 'erased',
  'CLUES#': 'erased',
  'EMERGENCY#': 'erased',
  'CLUE#': 'erased',
  'MUTES#': 'expires',
  'UNKNOWN#': 'expires',
  // By what the lake is looked through for somebody: hashes, for as long as records may be on their way.
  'LAKE-ERASURES': 'expires',
  'CURSOR#': 'impersonal',
  'FETCHED#': 'expires',
  // The log's table has pseudonyms only.
  HEAD: 'impersonal',
  SEALED: 'impersonal',
  KEYS: 'impersonal',
  'CATCH-UP': 'impersonal',
  'BATCH#': 'impersonal',
  'ENTRY#': 'impersonal',
  'SUBJECT#': 'impersonal',
  'CHECKPOINT#': 'impersonal',
  // The audit table: beside those of identities, which lie under their ids.
  'READS#': 'erased',
  'OPERATOR#': 'erased',
  'APPLICATION#': 'impersonal',
  'HR-SOURCE#': 'impersonal',
  'DEPLOYMENT#': 'impersonal',
  // The table of pseudonyms and keys.
  'identity#': 'what is left',
  'operator#': 'what is left',
  'pseudonym#': 'erased',
};
