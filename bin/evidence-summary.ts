// What is asked of evidence, and what a folder of it says of itself.
import type { Collected, EvidenceScope } from '../lambdas/core/audit/evidence/collect.ts';
import type { ControlId } from '../lambdas/core/audit/evidence/controls.ts';
import type { PopulationName } from '../lambdas/core/audit/evidence/populations.ts';
import type { KnownCheckpoint } from '../lambdas/core/audit/verify/known-checkpoints.ts';
import type { KnownKeys } from '../lambdas/core/audit/verify/known-keys.ts';

export interface EvidenceRequest extends EvidenceScope {
  readonly controls: readonly ControlId[];
  readonly seed: string;
  readonly sampleSize: number;
}

export interface Evidence {
  readonly request: EvidenceRequest;
  readonly collected: Collected;
  readonly head: KnownCheckpoint;
  readonly vkeys: readonly string[];
  readonly keys: KnownKeys;
  /** Whether the key is the copy's own. */
  readonly ownKey: boolean;
  /** RFC 3339. */
  readonly madeAt: string;
  /** Whether it is told as OSCAL as well. */
  readonly asOscal: boolean;
}

/** `evidence.json`: docs/reference/audit-log.md says what each member is. */
export interface EvidenceSummary {
  readonly format: 'tenure-evidence';
  readonly version: 1;
  readonly madeAt: string;
  readonly madeBy: string;
  readonly controls: readonly { readonly id: string; readonly framework: string; readonly title: string }[];
  readonly period: { readonly from: string; readonly until: string };
  readonly subject?: string | undefined;
  readonly log: {
    readonly origin: string;
    readonly size: number;
    readonly root: string;
    readonly keys: readonly string[];
    readonly ownKey: boolean;
    /** Where one key followed another: each with the number of entries after which it signs. */
    readonly announcedKeys?: readonly { readonly key: string; readonly after: number }[] | undefined;
  };
  readonly entries: number;
  readonly firstIndex?: number | undefined;
  readonly lastIndex?: number | undefined;
  readonly modelHashes: readonly string[];
  readonly populations: readonly PopulationSummary[];
  readonly sampling: { readonly seed: string; readonly size: number; readonly method: string };
  readonly missing: number;
}

export interface PopulationSummary {
  readonly name: PopulationName;
  readonly what: string;
  /** The condition of the same question to the lake. */
  readonly sql: string;
  readonly rows: number;
  readonly file: string;
  readonly sha256: string;
  readonly sample: string;
  readonly sampled: number;
}
