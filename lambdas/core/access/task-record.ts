// What a person is asked to do in a system that has no API, and who attested that it is done.
import type { AttestationNeeds } from '../access-model/attestation-rules.ts';
import type { Step } from './difference.ts';

export interface TaskRecord {
  readonly taskId: string;
  readonly identityId: string;
  readonly applicationId: string;
  readonly status: 'open' | 'done' | 'superseded';
  readonly steps: readonly Step[];
  readonly assignee: string;
  readonly instructions: string;
  readonly openedMs: number;
  readonly dueMs: number;
  readonly attestedBy?: string | undefined;
  readonly attestedMs?: number | undefined;
  readonly evidence?: string | undefined;
  /** What it takes beside the word of who did it, by the access model under which it was opened. @default nothing */
  readonly needs?: AttestationNeeds | undefined;
  /** What shows that it was done, in the order in which it was added. @default nothing */
  readonly files?: readonly EvidenceFile[] | undefined;
  /** Who has said first that it is done, where a second person has to confirm it. */
  readonly first?: Confirmation | undefined;
  /** Who confirmed it, where it took a second person. */
  readonly confirmedBy?: string | undefined;
  /** How often its ticket was opened again, since it was turned down or attested nothing. @default 0 */
  readonly reopened?: number | undefined;
  /** When its assignee was reminded of it, and when people were last told that it is overdue (epoch ms). @default never */
  readonly remindedMs?: number | undefined;
  readonly escalatedMs?: number | undefined;
  /** Raised by whatever is written about it while it is open. @default 0 */
  readonly revision?: number | undefined;
}

export interface Confirmation {
  readonly by: string;
  /** The identity that they are. */
  readonly identityId: string;
  readonly atMs: number;
  readonly evidence?: string | undefined;
}

/** A file in the bucket of evidence, by its content. */
export interface EvidenceFile {
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly mediaType: string;
  readonly addedBy: string;
  readonly addedMs: number;
}
