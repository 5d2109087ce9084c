// Where reasons hold up two sides of a rule at once, as it was when an identity last settled: so that whoever looks over
// everybody finds it, and its beginning and its end are told once.
import type { DutyMode, DutySeverity } from '../access-model/duty-rule.ts';
import { toIso } from '../moment.ts';
import type { DutyConflict } from './segregation.ts';

export interface KeptViolation {
  readonly rule: string;
  readonly severity: DutySeverity;
  readonly mode: DutyMode;
  readonly outcome: DutyConflict['outcome'];
  /** Epoch ms: since when it has been so. */
  readonly sinceMs: number;
  /** `application:entitlement` of the sides that are held, and of those that are refused. */
  readonly held: readonly string[];
  readonly refused: readonly string[];
  /** Who answers for the exception that is in force, and until when (epoch ms). */
  readonly owner?: string;
  readonly untilMs?: number;
}

export type ViolationEvent =
  | {
      readonly type: 'duty-violation-began';
      readonly rule: string;
      readonly severity: DutySeverity;
      readonly mode: DutyMode;
      readonly outcome: DutyConflict['outcome'];
      readonly held: readonly string[];
      readonly refused: readonly string[];
    }
  | { readonly type: 'duty-violation-ended'; readonly rule: string }
  | {
      readonly type: 'duty-exception-granted';
      readonly exception: string;
      readonly rule: string;
      /** What it lets the identity hold beside the first side. */
      readonly applicationId: string;
      readonly entitlement: string;
      readonly until: string;
      readonly owner: string;
    }
  | { readonly type: 'duty-exception-ended'; readonly exception: string };

/** The gravest come first; each is told in one write with the rest, which has 100 items at most. */
const MAXIMUM_KEPT = 20;
const MAXIMUM_NAMED = 20;

export interface ViolationsNow {
  readonly violations: readonly KeptViolation[];
  /** What has begun and ended since they were last kept. */
  readonly events: readonly ViolationEvent[];
}

export function violationsNow(
  before: readonly KeptViolation[] = [],
  conflicts: readonly DutyConflict[],
  nowMs: number,
): ViolationsNow {
  const found = conflicts.slice(0, MAXIMUM_KEPT).map((conflict): KeptViolation => asKept(conflict, nowMs));
  const knownAs = (one: KeptViolation) => before.find(({ rule }) => rule === one.rule);
  const violations = found.map((one) => {
    const known = knownAs(one);
    return known?.outcome === one.outcome ? { ...one, sinceMs: known.sinceMs } : one;
  });
  const begun = found.filter((one) => knownAs(one)?.outcome !== one.outcome);
  const ended = before.filter(({ rule }) => found.every((one) => one.rule !== rule));
  const exceptions = { before: before.flatMap(exceptionOf), now: found.flatMap(exceptionOf) };
  const isIn = (list: readonly ExceptionEvent[], { exception }: ExceptionEvent) =>
    list.some((one) => one.exception === exception);
  return {
    violations,
    events: [
      ...ended.map(({ rule }): ViolationEvent => ({ type: 'duty-violation-ended', rule })),
      ...exceptions.before
        .filter((one) => !isIn(exceptions.now, one))
        .map(({ exception }): ViolationEvent => ({ type: 'duty-exception-ended', exception })),
      ...begun.map(({ rule, severity, mode, outcome, held, refused }): ViolationEvent => {
        return { type: 'duty-violation-began', rule, severity, mode, outcome, held, refused };
      }),
      ...exceptions.now.filter((one) => !isIn(exceptions.before, one)),
    ],
  };
}

/** Whether another look would keep, and tell, something else. */
export function isTold(before: readonly KeptViolation[] | undefined, conflicts: readonly DutyConflict[]): boolean {
  return violationsNow(before, conflicts, 0).events.length === 0;
}

function asKept({ rule, outcome, sides, exception }: DutyConflict, sinceMs: number): KeptViolation {
  const named = (refused: boolean) =>
    sides.filter((side) => side.refused === refused).flatMap(({ entitlements }) => entitlements);
  return {
    rule: rule.id,
    severity: rule.severity,
    mode: rule.mode,
    outcome,
    sinceMs,
    held: named(false).slice(0, MAXIMUM_NAMED),
    refused: named(true).slice(0, MAXIMUM_NAMED),
    ...(exception && { owner: exception.owner, untilMs: exception.untilMs }),
  };
}

type ExceptionEvent = Extract<ViolationEvent, { readonly type: 'duty-exception-granted' }>;

/** An exception that is extended is another one. */
function exceptionOf({ rule, held, outcome, owner, untilMs }: KeptViolation): readonly ExceptionEvent[] {
  if (outcome !== 'excepted' || owner === undefined || untilMs === undefined) return [];
  const [applicationId = '', entitlement = ''] = held.at(-1)?.split(':') ?? [];
  const until = toIso(untilMs);
  const exception = `${rule}:${until}`;
  return [{ type: 'duty-exception-granted', exception, rule, applicationId, entitlement, until, owner }];
}
