// A fact is anything that may change what an identity can access. Facts are immutable and only ever added; each
// says when it takes effect and when its source recorded it. What the facts of one identity add up to: timeline.ts.
import type { Attributes } from './attributes.ts';

export interface FactBase {
  /** Unique for ever: `<source>:<the source's own id>`. */
  readonly factId: string;
  readonly identityId: string;
  /** Who said so: an HR source (`acme-hr`), or `tenure` for what follows from another fact. */
  readonly source: string;
  readonly sourceEventId: string;
  /** When the source recorded it, by the source's clock (epoch ms). Orders facts; arrival never does. */
  readonly recordedMs: number;
  /** When Tenure accepted it (epoch ms). Evidence only: no decision rests on it but that of `immediate`. */
  readonly receivedMs: number;
  /** The fact this one follows from, where Tenure itself stated it. */
  readonly cause?: string | undefined;
}

export interface JoinerFact extends FactBase {
  readonly type: 'joiner';
  /** RFC 3339 date-time, or date: the start of that day where the identity works. */
  readonly effectiveAt: string;
  readonly attributes: Partial<Attributes> & Pick<Attributes, 'kind'>;
}

export interface MoverFact extends FactBase {
  readonly type: 'mover';
  readonly effectiveAt: string;
  /** Only what changed. */
  readonly attributes: Partial<Attributes>;
}

export interface LeaverFact extends FactBase {
  readonly type: 'leaver';
  /** RFC 3339 date-time, or date: the end of that day where the identity works. Absent: with `immediate`. */
  readonly effectiveAt?: string | undefined;
  readonly immediate: boolean;
  readonly reason?: string | undefined;
  /** The identity that takes over what the leaver owns. */
  readonly successor?: string | undefined;
}

export interface SuspensionFact extends FactBase {
  readonly type: 'suspension';
  readonly effectiveAt: string;
  readonly reason?: string | undefined;
}

export interface ReturnFact extends FactBase {
  readonly type: 'return';
  readonly effectiveAt: string;
}

export interface RescindFact extends FactBase {
  readonly type: 'rescind';
  /** The fact that no longer counts. */
  readonly rescinds: string;
  readonly reason?: string | undefined;
}

/** Somebody states that a manual task was carried out: from then on its steps count as observed in the system. */
export interface TaskAttestedFact extends FactBase {
  readonly type: 'task-attested';
  readonly taskId: string;
  readonly applicationId: string;
  readonly attestedBy: string;
  readonly evidence?: string | undefined;
  readonly steps: readonly AttestedStep[];
}

export interface AttestedStep {
  readonly action: 'create-account' | 'enable-account' | 'disable-account' | 'grant' | 'revoke';
  readonly grant?: string | undefined;
}

export type Fact = JoinerFact | MoverFact | LeaverFact | SuspensionFact | ReturnFact | RescindFact | TaskAttestedFact;

export function factIdOf(source: string, sourceEventId: string): string {
  return `${source}:${sourceEventId}`;
}

/** A total order that no arrival can change: recorded time, then source, then the source's id. */
export function compareRecorded(a: Fact, b: Fact): number {
  return (
    a.recordedMs - b.recordedMs || compareText(a.source, b.source) || compareText(a.sourceEventId, b.sourceEventId)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
