// What is held against what before the log is grown: the checkpoint that everybody can read, and what the log's own table
// says of it.
import { LogTamperedError } from './tampering.ts';

export interface Checkpoint {
  /** Entries that it covers. */
  readonly size: number;
  /** The tree's root hash in base64, as the note has it. */
  readonly root: string;
}

export interface KnownCheckpoints {
  /** The object `checkpoint` of the bucket, opened; undefined: there is none. */
  readonly published: Checkpoint | undefined;
  /** The root that the table has for the size that is published; undefined: none. */
  readonly fixedRoot: string | undefined;
  /** The latest that was published, by the table; undefined: none. */
  readonly sealed: Checkpoint | undefined;
  /** Entries in the log, by the table. */
  readonly logSize: number;
}

/**
 * The checkpoint from which the log is grown, and whether it must be published anew, since what is published is older than
 * what was: somebody put an old one back, or took it away.
 *
 * @throws LogTamperedError when what is published is not this log's, or covers more than there is
 */
export function startOfSealing({ published, fixedRoot, sealed, logSize }: KnownCheckpoints): {
  readonly from: Checkpoint | undefined;
  readonly isReplayed: boolean;
} {
  if (published !== undefined) {
    if (fixedRoot !== published.root)
      throw new LogTamperedError(`the published checkpoint of ${published.size} entries is not one of this log`);
    if (published.size > logSize)
      throw new LogTamperedError(`the published checkpoint has ${published.size} entries, the log has ${logSize}`);
  }
  const isReplayed = (sealed?.size ?? 0) > (published?.size ?? 0);
  return { from: isReplayed ? sealed : published, isReplayed };
}
