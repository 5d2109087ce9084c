// What a detection is: one file in detections/, one line in all.ts.
import type { ActivityRecord } from './activity.ts';
import type { DetectionContext } from './context.ts';

/** As OCSF numbers them: low, medium, high, critical. */
export const SEVERITY_NAMES = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITY_NAMES)[number];

/** What follows by itself. All but the first tell somebody. */
export const RESPONSES = ['record', 'alert', 'ask', 'suspend'] as const;
export type Response = (typeof RESPONSES)[number];

export interface Detection {
  /** Also the file's name. */
  readonly id: string;
  /** A sentence: what it finds. */
  readonly title: string;
  readonly severity: Severity;
  /** How far it looks back, in words. */
  readonly window: string;
  /** What the record is joined with, in words. */
  readonly joins: readonly string[];
  /** By default; the deployment's policy says otherwise where it likes. */
  readonly response: { readonly people: Response; readonly nonHuman: Response };
  /** The page of docs/runbook, without its ending. */
  readonly runbook: string;
  judge(record: ActivityRecord, context: DetectionContext): Verdict | undefined;
}

export interface Verdict {
  /** Whose access is in doubt: that of who acted, or of who was acted on. */
  readonly about: 'actor' | 'target';
  /** Where it is not the detection's own. */
  readonly severity?: Severity | undefined;
  /** Why, as a sentence. Ids, times and numbers: no name, no address. */
  readonly because: string;
  /** Facts and reasons beside the record, at most 16. Ids, times and numbers. */
  readonly evidence: Readonly<Record<string, string | number | boolean>>;
  /** What else makes it another one than that before; the same within a day is told once. @default nothing */
  readonly subject?: string | undefined;
  /** It is the same whichever application it was seen in. @default false */
  readonly anywhere?: true | undefined;
}
