// Destroying what is known of somebody: the one store that takes away what others only add to. Each operation may be
// repeated, and begun again where an earlier one ended; what is gone already is done.
import type { Mark } from '../../core/access/identity-record.ts';
import type { LakeErasure, LakeTraces } from '../../core/detection/lake-erasure.ts';
import type { Traces } from '../../core/removal/erasure.ts';

export interface ErasureStore {
  /**
   * From then on nothing new is recorded of the identity and nobody works on its access. False, and nothing written, when
   * it is not as it was read, or is being worked on.
   */
  freeze(input: Mark & { readonly identityId: string; readonly holdId: string }): Promise<boolean>;
  /**
   * That the lake of activity is to be looked through for an identity, until `expiresMs`. What somebody else is known by as
   * well is left out. The first time counts: later, less is known.
   */
  noteInLake(input: {
    readonly holdId: string;
    readonly identityId: string;
    readonly traces: LakeTraces;
    readonly expiresMs: number;
  }): Promise<void>;
  /** Whether all that lay in the lake has been looked through for it since; also where nothing was noted. */
  isLakeSearched(holdId: string, identityId: string): Promise<boolean>;
  /** All that are not over. */
  listLakeErasures(nowMs: number): Promise<readonly LakeErasure[]>;
  /** Of those whom nobody is known for: whoever is called so by one of the sources, by `actorHash`. */
  eraseUnknown(sources: readonly string[], actorHashes: readonly string[]): Promise<void>;
  noteLakeSearched(erasureIds: readonly string[], searchedMs: number): Promise<void>;
  /** What lies elsewhere than in the identity's own partition. */
  eraseTraces(traces: Traces & Elsewhere): Promise<void>;
  /** Of the audit log, up to an instant. `more`: there are some left, for the next call. */
  eraseEntries(partition: string, untilAt: string): Promise<'done' | 'more'>;
  /**
   * The identity itself, and last its header, which leaves when that was: until `expiresMs` nothing that was told before it
   * is recorded under this id. Nothing happens where it is not frozen by this hold.
   */
  eraseIdentity(input: {
    readonly identityId: string;
    readonly holdId: string;
    readonly erasedMs: number;
    readonly expiresMs: number;
  }): Promise<void>;
}

/** Where else to look, which the identity's own facts do not say. */
export interface Elsewhere {
  readonly sources: readonly string[];
  readonly applicationIds: readonly string[];
  /** All there are. */
  readonly holdIds: readonly string[];
  /** Those that go with the identity: they name it, as merges and earlier erasures do. */
  readonly namingHoldIds: readonly string[];
}
