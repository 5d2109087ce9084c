// Two sides of a rule that reasons hold up at once, as the operators' API shows it.
import type { DutyConflictAnswer } from '../../api/duties.ts';
import type { DutyConflict } from '../../core/duties/segregation.ts';
import { toIso } from '../../core/moment.ts';

export function presentDutyConflict({ rule, outcome, sides, exception }: DutyConflict): DutyConflictAnswer {
  return {
    rule: rule.id,
    name: rule.name,
    severity: rule.severity,
    mode: rule.mode,
    outcome,
    sides: sides.map((side) => ({ ...side, entitlements: [...side.entitlements], profiles: [...side.profiles] })),
    exception: exception && {
      owner: exception.owner,
      reason: exception.reason,
      until: toIso(exception.untilMs),
    },
  };
}
