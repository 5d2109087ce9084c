// What is known of an identity at the time of a record, from its facts, its accounts, the access model and its owner.
import type { AccountRecord } from '../access/account-record.ts';
import { desiredAccessInState } from '../access/desired-access.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import { needsOwner } from '../identity/ownership.ts';
import { type IdentityState, identityAt, type Timeline } from '../identity/timeline.ts';
import type { KnownIdentity } from './context.ts';
import type { ActivityMemory, PeerMemory } from './memory.ts';
import { shortHash } from './short-hash.ts';

export interface KnownFrom {
  readonly identityId: string;
  readonly timeline: Timeline;
  readonly accounts: readonly AccountRecord[];
  readonly model: AccessModel;
  /** By the id that its state names; absent: there is none, or it needs none. */
  readonly owner?: { readonly identityId: string; readonly timeline: Timeline } | undefined;
  /** Before the record. */
  readonly memory?: ActivityMemory | undefined;
  readonly peers?: PeerMemory | undefined;
  /** When the record happened, and when it is judged (epoch ms). */
  readonly atMs: number;
  readonly nowMs: number;
}

export function knownIdentity(from: KnownFrom): KnownIdentity {
  const { identityId, timeline, accounts, model, owner, memory, peers, atMs, nowMs } = from;
  const [thenState, nowState] = [identityAt(timeline, atMs), identityAt(timeline, nowMs)];
  const desiredAt = (state: IdentityState, whenMs: number) =>
    desiredAccessInState(state, model, { identityId, nowMs: whenMs }).accounts;
  return {
    identityId,
    thenState,
    nowState,
    sinceMs: sinceWhen(timeline, atMs),
    endsMs: timeline.changes.find((change) => change.atMs > atMs && change.state.status === 'departed')?.atMs,
    accounts,
    desiredThen: desiredAt(thenState, atMs),
    desiredNow: desiredAt(nowState, nowMs),
    ...(needsOwner(kindOf(thenState) ?? kindOf(nowState)) && {
      owner:
        owner === undefined
          ? { identityId: '', thenState: { status: 'unknown' }, nowState: { status: 'unknown' } }
          : {
              identityId: owner.identityId,
              thenState: identityAt(owner.timeline, atMs),
              nowState: identityAt(owner.timeline, nowMs),
            },
    }),
    memory,
    peers,
  };
}

export function kindOf(state: IdentityState): string | undefined {
  return state.status === 'unknown' ? undefined : state.attributes.kind;
}

/** When its status at an instant began. */
function sinceWhen({ changes }: Timeline, atMs: number): number | undefined {
  const current = changes.findLastIndex((change) => change.atMs <= atMs);
  const status = changes[current]?.state.status;
  const other = changes.slice(0, Math.max(current, 0)).findLastIndex(({ state }) => state.status !== status);
  return changes[other + 1]?.atMs;
}

/** A key for all who do the same work, as far as attributes tell. Undefined: not enough is known. */
export function peerGroupOf(state: IdentityState): string | undefined {
  if (state.status === 'unknown') return undefined;
  const { kind, department, company } = state.attributes;
  const group = department ?? company;
  return group === undefined ? undefined : `peers:${shortHash(JSON.stringify([kind, group]), 24)}`;
}
