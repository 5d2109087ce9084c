// Whom a delivery of HR takes access from, and whether a person has to be asked first: from docs/reference/hr-events.md
// ("When HR itself goes wrong"), docs/reference/non-human.md and docs/reference/settings.md, with nothing from lambdas/ but
// types. Identities are counted, not events: whoever loses access twice within the window is one of those who lose it; and
// what somebody owns is counted beside them.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { MassErrorGuardSettings } from '../../lambdas/core/hr/mass-error-guard.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { type ReferenceAccount, referenceAccess } from './access.ts';
import { answersFor } from './heirs.ts';
import { type ReferenceState, referenceOf, turningPoints, turnsOfAgreed } from './state.ts';

const OWNED: readonly string[] = ['service-account', 'integration', 'ai-agent'];

export interface ReferenceLoss {
  /** `all`: the employment ends or is suspended, or no profile gives anything any more. */
  readonly extent: 'all' | 'some';
  /** In which the account goes, or one that was to come. */
  readonly applications: readonly string[];
}

/** What one identity had now or at some time to come, and has no more by what is told of it. */
export function lossBy(
  known: readonly Fact[],
  told: readonly Fact[],
  model: AccessModel,
  nowMs: number,
): ReferenceLoss | undefined {
  const [before, after] = [referenceOf(known), referenceOf([...known, ...told])];
  const losses = instantsOf(known, told, nowMs).flatMap((atMs) => lossAt(before(atMs), after(atMs), model) ?? []);
  if (losses.length === 0) return undefined;
  return {
    extent: losses.some(({ extent }) => extent === 'all') ? 'all' : 'some',
    applications: [...new Set(losses.flatMap(({ applications }) => applications))],
  };
}

/** Now or to come (epoch ms): when an owner would have answered for what they own, and does not by what is told of them. */
export function abandonedAt(known: readonly Fact[], told: readonly Fact[], nowMs: number): readonly number[] {
  const [before, after] = [referenceOf(known), referenceOf([...known, ...told])];
  return instantsOf(known, told, nowMs).filter((atMs) => answersFor(before(atMs)) && !answersFor(after(atMs)));
}

/** What one identity loses that is suspended with its owner at any of these instants, since nobody takes it over. */
export function lossWithOwner(
  known: readonly Fact[],
  ownerId: string,
  instants: readonly number[],
  model: AccessModel,
): ReferenceLoss | undefined {
  const states = instants.map(referenceOf(known)).filter(({ status, attributes: { kind = '', owner } }) => {
    return status === 'active' && OWNED.includes(kind) && owner === ownerId;
  });
  if (states.length === 0) return undefined;
  const had = states.flatMap((state) => referenceAccess({ ...state, moved: [] }, model));
  return { extent: 'all', applications: [...new Set(had.map(({ applicationId }) => applicationId))] };
}

/** Now, and whenever something changes by either. */
function instantsOf(known: readonly Fact[], told: readonly Fact[], nowMs: number): readonly number[] {
  const turns = [known, [...known, ...told]].flatMap((facts) => [...turningPoints(facts), ...turnsOfAgreed(facts)]);
  return [nowMs, ...turns.filter((atMs) => atMs > nowMs)];
}

/** In which one identity has an account now. */
export function accountsOf(known: readonly Fact[], model: AccessModel, nowMs: number): readonly string[] {
  return referenceAccess(referenceOf(known)(nowMs), model).map(({ applicationId }) => applicationId);
}

function lossAt(before: ReferenceState, after: ReferenceState, model: AccessModel): ReferenceLoss | undefined {
  if (!isEmployed(before)) return undefined;
  // What a move takes counts when it takes it, however long it may be kept to hand it over.
  const had = referenceAccess({ ...before, moved: [] }, model);
  const isCutOff = !isEmployed(after) || (before.status === 'active' && after.status === 'suspended');
  if (isCutOff) return { extent: 'all', applications: had.map(({ applicationId }) => applicationId) };
  const has = referenceAccess({ ...after, moved: [] }, model);
  if (had.every((account) => account.entitlements.every((one) => holds(has, account.applicationId, one)))) {
    return undefined;
  }
  const gone = had.filter(({ applicationId }) => has.every((account) => account.applicationId !== applicationId));
  return { extent: has.length === 0 ? 'all' : 'some', applications: gone.map(({ applicationId }) => applicationId) };
}

function isEmployed({ status }: ReferenceState): boolean {
  return status === 'active' || status === 'suspended';
}

function holds(accounts: readonly ReferenceAccount[], applicationId: string, entitlement: string): boolean {
  return accounts.some((one) => one.applicationId === applicationId && one.entitlements.includes(entitlement));
}

/** How many lose access within one window, the delivery that is judged included. */
export interface Losing {
  readonly all: number;
  readonly some: number;
  /** Application id → how many lose the account they have there. */
  readonly applications: Readonly<Record<string, number>>;
}

export interface Staff {
  readonly employed: number;
  /** Application id → how many have an account there. */
  readonly applications: Readonly<Record<string, number>>;
}

/** Whether a person decides before any of it counts. More who lose, or fewer who are there, never make it less so. */
export function isTooMany(
  { all, some, applications }: Losing,
  staff: Staff,
  settings: MassErrorGuardSettings,
): boolean {
  const { maximumIdentities, maximumShare, applicationShare, neverHeld } = settings;
  const tooMany = [all, some].some(
    (count) => count > neverHeld && (count > maximumIdentities || count > maximumShare * staff.employed),
  );
  const tooManyThere = Object.entries(applications).some(
    ([id, count]) => count > neverHeld && count >= applicationShare * (staff.applications[id] ?? 0),
  );
  return tooMany || tooManyThere;
}
