// Segregation of duties over what reasons hold up: who would hold two sides of a rule, what of that stays, and what is
// refused. A function of the access, the rules and the instant alone, never of what came first: so any order of facts
// ends in the same access, and so does a plan that knows no history.
import type { AccessModel } from '../access-model/access-model.ts';
import { DUTY_SEVERITIES, type DutyException, type DutyRule, type DutySide } from '../access-model/duty-rule.ts';
import type { GrantedException } from '../identity/duty-exceptions.ts';
import { type IdentityState, isEmployed } from '../identity/timeline.ts';

/** Whose access it is, and when: an exception is one identity's, and ends. */
export interface Whom {
  readonly identityId: string;
  /** Epoch ms. */
  readonly nowMs: number;
  /** Those that people decided on, beside the model's, and that are in force. @default none */
  readonly exceptions?: readonly GrantedException[] | undefined;
}

/** With the exceptions that people decided on. @param whom undefined: nobody of whom the model has any */
export function exceptedAs<Known extends Whom | undefined>(whom: Known, state: IdentityState): Known | Whom {
  const { exceptions } = isEmployed(state) ? state : {};
  return exceptions === undefined ? whom : { identityId: '', nowMs: 0, ...whom, exceptions };
}

/** An entitlement, and all that holds it up. */
export interface Justified {
  /** `application:entitlement`. */
  readonly reference: string;
  readonly reasons: readonly { readonly type: string; readonly profile?: string | undefined }[];
}

/** Two or more sides of one rule that reasons hold up at once. */
export interface DutyConflict {
  readonly rule: DutyRule;
  /** - `prevented`: only the first of the sides is given. - `excepted`: an exception is in force. - `detected`: it is only told. */
  readonly outcome: 'prevented' | 'excepted' | 'detected';
  /** Those that would be held, in the order of the rule. */
  readonly sides: readonly ConflictingSide[];
  readonly exception: DutyException | undefined;
}

export interface ConflictingSide {
  readonly name: string;
  /** What would be held of it: `application:entitlement`. */
  readonly entitlements: readonly string[];
  /** Its profiles that the identity has. */
  readonly profiles: readonly string[];
  /** It is not given. */
  readonly refused: boolean;
}

/** What is not given: entitlements whatever holds them up, and profiles with what nothing else holds up. */
export interface Refusal {
  readonly entitlements: ReadonlySet<string>;
  readonly profiles: ReadonlySet<string>;
}

export interface Segregation {
  readonly conflicts: readonly DutyConflict[];
  readonly refusal: Refusal;
}

export const UNDISTURBED: Segregation = {
  conflicts: [],
  refusal: { entitlements: new Set(), profiles: new Set() },
};

/**
 * The rules one after the other, the gravest first: what one has refused, the next does not find. Refusing brings no two
 * sides together, so what is left is within all of them.
 */
export function segregate(
  { duties = [] }: Pick<AccessModel, 'duties'>,
  justified: readonly Justified[],
  whom: Whom | undefined,
): Segregation {
  if (duties.length === 0 || justified.length === 0) return UNDISTURBED;
  const refusal = { entitlements: new Set<string>(), profiles: new Set<string>() };
  const conflicts = inOrder(duties).flatMap((rule): DutyConflict[] => {
    const left = justified
      .filter((one) => isLeft(one, refusal))
      .map((one) => ({ ...one, reasons: one.reasons.filter((reason) => isStanding(reason, refusal.profiles)) }));
    const held = rule.sides.map((side) => heldOf(side, left)).filter((side) => side !== undefined);
    if (held.length < 2) return [];
    const exception = exceptionIn(rule, whom);
    const outcome = rule.mode === 'detect' ? 'detected' : exception === undefined ? 'prevented' : 'excepted';
    const sides = held.map(({ side, entitlements, profiles }, index): ConflictingSide => {
      const refused = outcome === 'prevented' && index > 0;
      if (refused) for (const entitlement of side.entitlements) refusal.entitlements.add(entitlement);
      if (refused) for (const profile of side.profiles) refusal.profiles.add(profile);
      return { name: side.name, entitlements, profiles, refused };
    });
    return [{ rule, outcome, sides, exception }];
  });
  return conflicts.length === 0 ? UNDISTURBED : { conflicts, refusal };
}

/** Whether something still holds it up once the refusal counts. */
export function isLeft({ reference, reasons }: Justified, { entitlements, profiles }: Refusal): boolean {
  return !entitlements.has(reference) && reasons.some((reason) => isStanding(reason, profiles));
}

export function isStanding({ profile }: Justified['reasons'][number], refused: Refusal['profiles']): boolean {
  return profile === undefined || !refused.has(profile);
}

/** The exception by which this identity may hold two sides of the rule now: of several the one that lasts longest. */
export function exceptionIn({ id, mode, exceptions }: DutyRule, whom: Whom | undefined): DutyException | undefined {
  if (mode === 'prevent' || whom === undefined) return undefined;
  const { identityId, nowMs, exceptions: decided = [] } = whom;
  const written = exceptions.filter((one) => one.identityId === identityId && one.untilMs > nowMs);
  const others = decided
    .filter(({ rule, untilMs }) => rule === id && untilMs > nowMs)
    .map(({ owner, reason, untilMs }) => ({ identityId, owner, reason, untilMs }));
  return [...written, ...others].toSorted((one, other) => other.untilMs - one.untilMs)[0];
}

/** Whether two sides of the rule must never be held together by this identity, as things stand. */
export function isEnforced(rule: DutyRule, whom: Whom | undefined): boolean {
  return rule.mode !== 'detect' && exceptionIn(rule, whom) === undefined;
}

const inOrderOf = new WeakMap<readonly DutyRule[], readonly DutyRule[]>();

function inOrder(duties: readonly DutyRule[]): readonly DutyRule[] {
  const known = inOrderOf.get(duties);
  if (known !== undefined) return known;
  const weight = ({ severity }: DutyRule) => DUTY_SEVERITIES.indexOf(severity);
  const sorted = duties.toSorted((one, other) => weight(other) - weight(one) || (one.id < other.id ? -1 : 1));
  inOrderOf.set(duties, sorted);
  return sorted;
}

function heldOf(side: DutySide, left: readonly Justified[]) {
  const listed = new Set(side.entitlements);
  const named = new Set(side.profiles);
  const isOf = ({ profile }: Justified['reasons'][number]) => profile !== undefined && named.has(profile);
  const held = left.filter(({ reference, reasons }) => listed.has(reference) || reasons.some(isOf));
  if (held.length === 0) return undefined;
  const profiles = new Set(held.flatMap(({ reasons }) => reasons.filter(isOf).flatMap(({ profile }) => profile ?? [])));
  const entitlements = held.filter(({ reference, reasons }) => listed.has(reference) || reasons.every(isOf));
  return {
    side,
    entitlements: entitlements.map(({ reference }) => reference).sort(),
    profiles: [...profiles].sort(),
  };
}
