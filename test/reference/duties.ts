// What nobody may hold together, by brute force: from the words of docs/reference/duties.md, with nothing from lambdas/core
// but its types.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { DutyRule, DutySide } from '../../lambdas/core/access-model/duty-rule.ts';
import type { HeldAccount } from './access.ts';

/** Whose exceptions count, and when. */
export interface Excepted {
  readonly identityId: string;
  readonly nowMs: number;
}

const GRAVITY = ['critical', 'high', 'medium', 'low'];

/** What is left of what profiles give: of two sides of a rule the first. @param letIn rules of which people granted exceptions */
export function keptApart(
  accounts: readonly HeldAccount[],
  { duties = [] }: AccessModel,
  excepted?: Excepted,
  letIn: readonly string[] = [],
): readonly HeldAccount[] {
  let left = accounts;
  for (const severity of GRAVITY) {
    const rules = duties.filter((rule) => rule.severity === severity).sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const rule of rules) {
      if (!isKept(rule, excepted, letIn)) continue;
      const [, ...refused] = rule.sides.filter((side) => isHeld(side, left));
      for (const side of refused) left = without(side, left);
    }
  }
  return left;
}

/** Whether one side of a rule would come to another that is held. */
export function bringsTogether(
  more: readonly HeldAccount[],
  accounts: readonly HeldAccount[],
  { duties = [] }: AccessModel,
  excepted?: Excepted,
  letIn: readonly string[] = [],
): boolean {
  return duties.some(
    (rule) =>
      isKept(rule, excepted, letIn) &&
      rule.sides.some(
        (side, index) =>
          isHeld(side, more) && rule.sides.some((other, place) => place !== index && isHeld(other, accounts)),
      ),
  );
}

/** Whether nobody may hold two sides of it now. */
function isKept(rule: DutyRule, excepted: Excepted | undefined, letIn: readonly string[]): boolean {
  if (rule.mode === 'detect' || isExcepted(rule, excepted)) return false;
  return !(rule.mode === 'require-exception' && letIn.includes(rule.id));
}

function isExcepted({ mode, exceptions }: DutyRule, excepted: Excepted | undefined): boolean {
  if (mode === 'prevent') return false;
  return exceptions.some((one) => one.identityId === excepted?.identityId && one.untilMs > excepted.nowMs);
}

export function isHeld({ entitlements, profiles }: DutySide, accounts: readonly HeldAccount[]): boolean {
  return accounts.some((account) =>
    account.entitlements.some(
      (one) =>
        entitlements.includes(`${account.applicationId}:${one.entitlement}`) ||
        one.profiles.some((profile) => profiles.includes(profile)),
    ),
  );
}

function without({ entitlements, profiles }: DutySide, accounts: readonly HeldAccount[]): readonly HeldAccount[] {
  return accounts
    .map(({ applicationId, entitlements: held }) => ({
      applicationId,
      entitlements: held
        .filter(({ entitlement }) => !entitlements.includes(`${applicationId}:${entitlement}`))
        .map((one) => ({ ...one, profiles: one.profiles.filter((profile) => !profiles.includes(profile)) }))
        .filter((one) => one.profiles.length > 0),
    }))
    .filter((account) => account.entitlements.length > 0);
}

/** What nobody may hold beside this, by the rules that prevent it: `application:entitlement`. */
export function forbiddenBeside(reference: string, { duties = [] }: AccessModel): readonly string[] {
  return duties
    .filter(({ mode, sides }) => mode === 'prevent' && sides.some((one) => one.entitlements.includes(reference)))
    .flatMap(({ sides }) => sides.filter((one) => !one.entitlements.includes(reference)))
    .flatMap(({ entitlements }) => entitlements);
}
