// Keys and tokens beside a sign-in, put to the reference: whoever is gone or on leave has none that works, what a former owner
// may know goes once its time is over, and nothing else is ever taken away.
import { ownerChanges } from '../../reference/exposed.ts';
import { turningPoints } from '../../reference/state.ts';
import { SKEW_MS } from '../fate.ts';
import type { CredentialOf } from '../memory-system.ts';
import type { Witness } from './witness.ts';

const MINUTE_MS = 60_000;
/** Until it is noticed that it changed hands: at once, or once whatever went wrong was made good. */
const NOTICED_MS = { calm: 3 * MINUTE_MS, otherwise: 100 * MINUTE_MS };
/** Until somebody looks again once the time is over. */
const LOOKED_AT_MS = 15 * MINUTE_MS;

export interface Keeping {
  readonly nowMs: number;
  readonly graceMs: number;
  readonly isCalm: boolean;
  /** How long a call may be under way. */
  readonly underWayMs: number;
}

/** At rest: what is there and should not be. */
export function faultsOfHeld(
  witness: Witness,
  identityId: string,
  held: readonly CredentialOf[],
  { nowMs, graceMs, isCalm }: Keeping,
): readonly string[] {
  const { status } = witness.stateAt(identityId, nowMs);
  if (status !== 'active') return held.map(({ credentialId }) => `${credentialId} works, and its holder is ${status}`);
  const [exposedMs, changedMs] = [
    exposuresOf(witness, identityId, nowMs).at(-1),
    lastChangeKnownMs(witness, identityId, nowMs),
  ];
  if (exposedMs === undefined || changedMs === undefined) return [];
  const overMs = exposedMs + graceMs + LOOKED_AT_MS + (isCalm ? NOTICED_MS.calm : NOTICED_MS.otherwise);
  if (nowMs < overMs) return [];
  return held
    .filter(({ setMs }) => setMs < changedMs - SKEW_MS)
    .map(({ credentialId }) => `${credentialId} was there when the owner changed, and is still`);
}

/** One was taken away. */
export function faultsOfRevoked(
  witness: Witness,
  identityId: string,
  { credentialId, setMs }: CredentialOf,
  { nowMs, graceMs, isCalm, underWayMs }: Keeping,
): readonly string[] {
  const turns = witness.told.of(identityId).flatMap(({ facts, fromMs }) => [fromMs, ...turningPoints(facts)]);
  const lately = turns.filter((atMs) => atMs > nowMs - underWayMs && atMs <= nowMs + SKEW_MS);
  const wasAway = [nowMs - underWayMs, ...lately, nowMs, nowMs + SKEW_MS].some((atMs) =>
    [nowMs, atMs].some((heardMs) => witness.stateAt(identityId, atMs, heardMs).status !== 'active'),
  );
  if (wasAway) return [];
  const untilMs = nowMs + SKEW_MS;
  const exposedMs = [...exposuresOf(witness, identityId, untilMs), ...correctionsOf(witness, identityId, untilMs)];
  const isDue = exposedMs.some((atMs) => {
    const isOld = !isCalm || setMs <= atMs + NOTICED_MS.calm;
    return isOld && atMs + graceMs <= nowMs + 2 * SKEW_MS;
  });
  return isDue ? [] : [`${credentialId} was taken away from who is at work, and nobody else may know it in time`];
}

/** Each instant at which another change of its owner than before was known as the last one, ascending. */
function exposuresOf(witness: Witness, identityId: string, untilMs: number): readonly number[] {
  let last: number | undefined;
  return instantsUntil(witness, identityId, untilMs).filter((atMs) => {
    const next = ownerChanges(witness.factsAt(identityId, atMs), atMs).at(-1);
    const isNew = next !== last;
    last = next;
    return isNew && next !== undefined;
  });
}

/** Each instant at which it was known to have another owner than was known before, be it that it had that one all along. */
function correctionsOf(witness: Witness, identityId: string, untilMs: number): readonly number[] {
  let before: string | undefined;
  return instantsUntil(witness, identityId, untilMs).filter((atMs) => {
    const owner = witness.stateAt(identityId, atMs).attributes.owner ?? undefined;
    const isOther = before !== undefined && owner !== undefined && owner !== before;
    before = owner ?? before;
    return isOther;
  });
}

function instantsUntil(witness: Witness, identityId: string, untilMs: number): readonly number[] {
  const told = witness.told.of(identityId);
  return [...new Set(told.flatMap(({ facts, fromMs }) => [fromMs, ...turningPoints(facts)]))]
    .filter((atMs) => atMs <= untilMs && atMs >= (told[0]?.fromMs ?? 0))
    .sort((a, b) => a - b);
}

/** The last change by all that is known, or when it was first known if that was later. */
function lastChangeKnownMs(witness: Witness, identityId: string, nowMs: number): number | undefined {
  const changedMs = ownerChanges(witness.factsOf(identityId), nowMs).at(-1);
  if (changedMs === undefined) return undefined;
  const first = witness.told
    .of(identityId)
    .find(({ facts, fromMs }) => ownerChanges(facts, Math.max(fromMs, changedMs)).includes(changedMs));
  return Math.max(changedMs, first?.fromMs ?? nowMs);
}
