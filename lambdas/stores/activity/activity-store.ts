// What is kept of how access is used: a memory of each identity, the alerts about it, what nobody wants to hear of, who was
// seen and is not known, and how far each source was read.

import type { AuditEntry } from '../../core/audit/audit.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import type { Alert, AlertStatus, Mute } from '../../core/detection/alert.ts';
import type { Page, PageRequest } from '../page.ts';

/** Of an identity, or of those who are not known of a source (core/detection/alert.ts, unknownSubject). */
export interface KeptMemory {
  readonly subjectId: string;
  /** As core/detection/memory.ts has it: plain JSON. */
  readonly memory: unknown;
  /** Raised with each writing; 0: nothing is kept yet. */
  readonly revision: number;
}

export interface RememberInput {
  readonly memory: KeptMemory;
  /** From when on nobody needs it (epoch ms). */
  readonly expiresMs: number;
  /** Alerts as they are to be, each with the revision that was read. */
  readonly alerts: readonly Alert[];
  readonly audit: readonly AuditEntry[];
}

/** Somebody whom no account tells. */
export interface UnknownActor {
  readonly source: string;
  /** A name or an id, as the source has it. */
  readonly actor: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
}

export interface NotedEmergency {
  readonly identityId: string;
  readonly requestId: string;
  /** Epoch ms. */
  readonly startsMs: number;
}

export interface ActivityStore {
  /** Of those of whom anything is kept, at most 100 asked for at once. Each of one consistent moment. */
  recall(subjectIds: readonly string[]): Promise<ReadonlyMap<string, KeptMemory>>;
  /** All of it, or nothing and false: the memory or an alert is not as it was read. */
  remember(input: RememberInput): Promise<boolean>;

  /** Those of the ids that are there. */
  findAlerts(alertIds: readonly string[]): Promise<readonly Alert[]>;
  /** Last found first. As of a moment ago. */
  listAlerts(options: PageRequest & { readonly status: AlertStatus }): Promise<Page<Alert>>;
  /** All or nothing, as with `remember`. */
  saveAlert(alert: Alert, audit: readonly AuditEntry[], mute?: Mute): Promise<boolean>;

  /** Those that have not ended, at most 500. */
  listMutes(nowMs: number): Promise<readonly Mute[]>;
  /** It ends now. False: there is no such mute. */
  endMute(muteId: string, nowMs: number, audit: readonly AuditEntry[]): Promise<boolean>;

  /**
   * Whose accounts carry a clue, by `clueKey` (core/detection/join.ts); at most 100 asked for at once, those of nobody left
   * out. As of a moment ago.
   */
  findByClues(clueKeys: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** By which clues the account of an identity in an application is to be found from now on. */
  saveClues(identityId: string, applicationId: string, clueKeys: readonly string[]): Promise<void>;

  /** Somebody is about to take access in an emergency: where to look, and no word on whether they did. */
  noteEmergency(emergency: NotedEmergency): Promise<void>;
  /** Who noted one that begins between two instants (epoch ms), both included; at most 500. As of a moment ago. */
  listEmergencies(fromMs: number, toMs: number): Promise<readonly string[]>;

  /** Counts them with what is known of them. */
  noteUnknown(actors: readonly UnknownActor[], expiresMs: number): Promise<void>;
  listUnknown(options: PageRequest & { readonly source: string }): Promise<Page<UnknownActor>>;

  /** Records of a source that were fetched, by their ids and by where the window in which they lay begins (epoch ms). */
  noteFetched(source: string, fromMs: number, recordIds: readonly string[], expiresMs: number): Promise<void>;
  /** Those of windows that begin between two instants, both included, as `fetchedId` has them. */
  listFetched(source: string, fromMs: number, toMs: number): Promise<ReadonlySet<string>>;

  /** Where reading a source goes on; undefined: at its beginning. */
  readCursor(source: string): Promise<SourceCursor | undefined>;
  /** False: somebody else has read on since. */
  saveCursor(source: string, cursor: SourceCursor): Promise<boolean>;
}

/** Enough of a hash that no two of a few million are the same but once in many years. */
export function fetchedId(recordId: string): string {
  return sha256Hex(recordId).slice(0, FETCHED_ID_DIGITS);
}

export const FETCHED_ID_DIGITS = 16;

export interface SourceCursor {
  /** As the source's file makes of it (activity-sources/). */
  readonly cursor: unknown;
  readonly readMs: number;
  /** One more than that which was read. */
  readonly revision: number;
}
