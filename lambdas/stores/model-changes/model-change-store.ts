// The access models that were deployed, so that somebody who settled under an earlier one can be compared with what is
// deployed now; the walk over the population that the latest of them set off, with those whom it concerns; and the settings
// that were deployed, as hashes. It lies in the identities table, in partitions that no identity can have.
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { DeployedSettings, SettingsChange } from '../../core/audit/settings-change.ts';
import type { PopulationWalk } from '../../core/hr/population-walk.ts';
import type { Page, PageRequest } from '../page.ts';

/** One whom a change of the model concerns. */
export interface Concerned {
  readonly identityId: string;
  /** What it takes from them, as `application:entitlement`. */
  readonly loses: readonly string[];
}

/** A model by which passes plan, or did since the last walk began. */
export interface ModelInUse {
  readonly modelHash: string;
  /** When the first pass of a process planned by it (epoch ms). */
  readonly sinceMs: number;
}

/** The settings of the deployment that was recorded last. */
export interface RecordedSettings extends Pick<DeployedSettings, 'hashes'> {
  readonly recordedMs: number;
  /** Of the access model that was deployed with them. */
  readonly modelHash: string;
  /** Not on record yet: releases before this one wrote its entry afterwards. */
  readonly pending?: SettingsChange | undefined;
  /** Raised with each writing. */
  readonly revision: number;
}

export interface ModelChangeStore {
  saveModel(model: AccessModel): Promise<void>;
  /** Undefined: it was deployed before any were kept. */
  findModel(modelHash: string): Promise<AccessModel | undefined>;

  /**
   * Passes plan by it from now on (epoch ms): the walk learns of it, however soon it is replaced, and can tell what it gave.
   * Noting it again is noting it once.
   */
  noteInUse(model: AccessModel, nowMs: number): Promise<void>;
  /** Read consistently. */
  listInUse(): Promise<readonly ModelInUse[]>;
  /** Unless it was noted anew since it was read. */
  forgetInUse(noted: ModelInUse): Promise<void>;

  /** Read consistently. Undefined: there was none yet. */
  findWalk(): Promise<PopulationWalk | undefined>;
  /** In place of the one of that revision, 0 where there was none; false when somebody else was faster. */
  saveWalk(walk: PopulationWalk, expectedRevision: number, audit: readonly AuditEntry[]): Promise<boolean>;

  /** Read consistently. Undefined: there were none yet. */
  findSettings(): Promise<RecordedSettings | undefined>;
  /** As saveWalk. */
  saveSettings(settings: RecordedSettings, expectedRevision: number, audit: readonly AuditEntry[]): Promise<boolean>;

  /** Kept until then (epoch ms). Noting somebody again is noting them once. */
  noteConcerned(holdId: string, concerned: readonly Concerned[], expiresMs: number): Promise<void>;
  /** By id. `loses`: those from whom it takes something, or the others. */
  listConcerned(options: PageRequest & { readonly holdId: string; readonly loses: boolean }): Promise<Page<Concerned>>;
  /** What it takes from that identity; undefined: nothing. */
  findLosing(holdId: string, identityId: string): Promise<Concerned | undefined>;
}
