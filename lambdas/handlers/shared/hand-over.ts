// What needs an owner has one who answers for it: a person, employed. What an owner leaves who departed, never came or is
// no person goes to the successor, else up the management chain; without either it is suspended, since a service account
// or agent that nobody answers for has no reason to have access.
import { sha256Hex } from '../../core/canonical-json.ts';
import { LIMITED_KINDS } from '../../core/identity/attributes.ts';
import { type Fact, type HandedOverFact, ownFactBase } from '../../core/identity/facts.ts';
import { summaryAt } from '../../core/identity/identity-summary.ts';
import { absenceIdOf, isDealtWith, mayOwn, needsOwner } from '../../core/identity/ownership.ts';
import type { IdentityState, IdentityStatus } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { type AppendDependencies, appendFact } from './append-fact.ts';
import { findSuccessor } from './find-successor.ts';
import { findIdentity } from './load-identity.ts';
import { wakeThose } from './wake-owned.ts';

const ACTOR = { type: 'tenure', id: 'handover' } as const;
/** A function has 55 s for all that somebody owned. */
const CONCURRENT_LOADS = 10;
const UNKNOWN: IdentityState = { status: 'unknown' };

export interface Owned {
  readonly identityId: string;
  readonly status: IdentityStatus;
  readonly kind?: string | undefined;
}

export interface HandOverOptions {
  readonly listed: readonly Owned[];
  readonly trigger: string;
  /** The time by which what is owned was judged (epoch ms): it is handed over no earlier. */
  readonly judgedMs?: number | undefined;
}

/** All that somebody owns. @returns how many were handed over */
export async function handOverAll(dependencies: AppendDependencies, ownerId: string, trigger: string): Promise<number> {
  const headers = await dependencies.directory.listOwnedBy(ownerId);
  const listed = headers.map(({ identityId, summary: { status, kind } }) => ({ identityId, status, kind }));
  const handedOver = await handOver(dependencies, ownerId, { listed, trigger });
  await wakeSuspended(dependencies, ownerId, { listed, trigger });
  return handedOver;
}

/** What was suspended before is handed over to nobody, and may hold less from now on. */
async function wakeSuspended(
  dependencies: AppendDependencies,
  ownerId: string,
  { listed, trigger }: HandOverOptions,
): Promise<void> {
  const isLimited = (kind: string | undefined) => LIMITED_KINDS.some((limited) => limited === kind);
  const suspended = listed.filter(({ status, kind }) => status === 'suspended' && isLimited(kind));
  const owner = suspended.length === 0 ? undefined : await findIdentity(dependencies, ownerId);
  if (owner !== undefined) await wakeThose(dependencies, suspended, { trigger, nowMs: owner.nowMs });
}

/** Hands over what has not been dealt with yet; nothing while the owner answers for it. @returns how many */
export async function handOver(
  dependencies: AppendDependencies,
  ownerId: string,
  { listed, trigger, judgedMs = 0 }: HandOverOptions,
): Promise<number> {
  if (listed.length === 0) return 0;
  const owner = await findIdentity(dependencies, ownerId);
  const state = owner?.state ?? UNKNOWN;
  if (mayOwn(state)) return 0;
  const newOwner = owner && (await findSuccessor(dependencies, owner.timeline, state));
  // The successor's id was merged into the owner's own, who has come since: they answer for it themselves.
  if (newOwner === ownerId) return 0;
  const open = listed.filter(
    ({ status, kind }) => !isDealtWith(status, newOwner) && (newOwner !== undefined || needsOwner(kind)),
  );
  // Whoever listed them may not have seen yet that they are somebody else's.
  const still = await mapBounded(open, CONCURRENT_LOADS, (one) => isOwnedBy(dependencies, one.identityId, ownerId));
  const owned = open.filter((_, index) => still[index]);
  if (owned.length === 0) return 0;
  const nowMs = Math.max(owner?.nowMs ?? dependencies.clock(), judgedMs);
  const told = { absence: absenceIdOf(ownerId, state), newOwner, trigger, nowMs };
  const facts = owned.map(({ identityId }) => handoverFact(identityId, told));
  // First what is about to be handed over: should the owner be there after all meanwhile, it is taken back all the same.
  for (const fact of [handedOverFact(ownerId, facts, told), ...facts]) {
    await appendFact(dependencies, fact, { payloadHash: sha256Hex(fact.factId), actor: ACTOR });
  }
  return facts.length;
}

async function isOwnedBy(dependencies: AppendDependencies, identityId: string, ownerId: string): Promise<boolean> {
  const loaded = await findIdentity(dependencies, identityId);
  return loaded !== undefined && summaryAt(identityId, loaded.timeline, loaded.nowMs).ownerId === ownerId;
}

interface Told {
  readonly absence: string;
  readonly newOwner: string | undefined;
  readonly trigger: string;
  readonly nowMs: number;
}

function handoverFact(ownedId: string, { newOwner, ...told }: Told): Fact {
  const base = {
    ...ownFactBase(ownedId, `${told.trigger}/owned/${ownedId}`, told.nowMs),
    cause: told.absence,
    effectiveAt: toIso(told.nowMs),
  };
  if (newOwner === undefined)
    return { ...base, type: 'suspension', reason: 'its owner is not there and nobody took over' };
  return { ...base, type: 'mover', attributes: { owner: newOwner } };
}

function handedOverFact(identityId: string, facts: readonly Fact[], told: Told): HandedOverFact {
  const owned = facts.map((fact) => ({ identityId: fact.identityId, factId: fact.factId }));
  const which = sha256Hex(owned.map(({ factId }) => factId).join('\n')).slice(0, 16);
  const base = ownFactBase(identityId, `${told.trigger}/handed-over/${which}`, told.nowMs);
  const { absence: departure, newOwner: successor } = told;
  return { ...base, type: 'handed-over', departure, owned, ...(successor !== undefined && { successor }) };
}
