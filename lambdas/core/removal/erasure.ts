// When what is known of somebody may be destroyed, and where traces of them are. As long as anything about their access is
// open, what is known of them is needed to keep it right; what follows from nothing that is kept cannot be found again.
import * as z from 'zod';
import type { IdentityRecord } from '../access/identity-record.ts';
import type { Application } from '../access-model/access-model.ts';
import type { Fact } from '../identity/facts.ts';
import { duplicatesAmong, withAbsorbed } from '../identity/merged-identities.ts';
import { comparable } from '../identity/shared-address.ts';
import { type IdentityState, isEmployed, nextTransitionMs, type Timeline } from '../identity/timeline.ts';
import { toIso } from '../moment.ts';
import { awaitsProof, certificateIdOf } from './removal.ts';
import { deletionDueMs } from './retention.ts';

export const erasureSchema = z.strictObject({
  /** How long an erasure that two people agreed on can be called off before it is carried out. */
  delayDays: z.int().min(1).max(90).default(7),
});
export type ErasureSettings = z.infer<typeof erasureSchema>;

/** How long that somebody was erased is remembered by their id, so that an old event about them brings nobody back. */
export const REMEMBERED_DAYS = 35;
export const DAY_MS = 86_400_000;

/** Where something may still be found or restored after an erasure, and for how many days at most. */
const REMAINS = {
  'the histories of executions, by its id and those of its HR events': 90,
  'files of the whole population that HR put, and the reports on them': 60,
  'earlier states of the tables, with its key and its pseudonym': 35,
  'that somebody of its id was erased, and when': REMEMBERED_DAYS,
  'hashes of what it is known by, to take out of the lake of activity what is still on its way': REMEMBERED_DAYS,
  'queues of what was given up on, by its id or as records of activity': 14,
  'files of activity that systems put, and answers to queries on the lake': 7,
} as const;

/** By the deployment's settings. */
export interface KeptDays {
  readonly logRetentionDays: number;
}

/** In epoch ms. */
export function remainsAfter(
  erasedMs: number,
  { logRetentionDays }: KeptDays,
): readonly { readonly where: string; readonly untilMs: number }[] {
  const all = {
    ...REMAINS,
    'logs of the functions, by its id': logRetentionDays,
  };
  return Object.entries(all).map(([where, days]) => ({ where, untilMs: erasedMs + days * DAY_MS }));
}

/** What is looked at. Instants in epoch ms. */
export interface ErasureQuestion {
  readonly record: IdentityRecord;
  readonly timeline: Timeline;
  readonly state: IdentityState;
  readonly nowMs: number;
  /** How many identities it owns. */
  readonly owned: number;
  /** Whether it waits in a hold that is not decided, or is being carried out; its own erasure is none of these. */
  readonly isHeld: boolean;
  readonly applications: readonly Application[];
}

export interface ErasureRefusal {
  /** A sentence for the operator, without anybody's id. */
  readonly reason: string;
  /** Waiting longer does not help: whoever is there again is not to be erased. */
  readonly isFinal: boolean;
}

/** Undefined: it may be. */
export function whyNotErased(asked: ErasureQuestion): ErasureRefusal | undefined {
  const { record, timeline, state, nowMs } = asked;
  if (isEmployed(state) || state.status === 'pending') return refused('It is employed, or will be.', true);
  if (nextTransitionMs(timeline, nowMs) !== undefined) return refused('Something is still to take effect.', true);
  if (timeline.mergedInto !== undefined) return refused('It was merged into another: take the merge back first.');
  if (duplicatesAmong(record.facts).size > 0) return refused('Others were merged into it: take that back first.');
  if (asked.owned > 0) return refused(`It owns ${asked.owned} identities: have them taken over first.`);
  if (asked.isHeld || waitsInHold(record.facts)) return refused('It waits in a hold that is not decided.');
  if (record.tasks.some(({ status }) => status === 'open')) return refused('It has open tasks.');
  if (awaitsProof(state, record.header.removal, record.accounts)) return refused('Its removal is not proven.');
  return whyUnsettled(asked) ?? whyRetained(asked);
}

function whyUnsettled({ record: { header, accounts }, nowMs }: ErasureQuestion): ErasureRefusal | undefined {
  const { lease, version, settledVersion, removal } = header;
  if (lease !== undefined && lease.expiresMs >= nowMs) return refused('Its access is being looked at right now.');
  if (settledVersion !== version) return refused('Its access is not settled.');
  const isUnderWay = accounts.some(
    ({ openCallId, doubtUntilMs = 0 }) => openCallId !== undefined || doubtUntilMs > nowMs,
  );
  if (isUnderWay || (removal?.earlierWorkEndsMs ?? 0) > nowMs)
    return refused('A call to a system may still take effect.');
  return undefined;
}

function whyRetained({ record, state, nowMs, applications }: ErasureQuestion): ErasureRefusal | undefined {
  for (const application of applications) {
    const dueMs = deletionDueMs(application, state, record.facts);
    const kept = record.accounts.find(({ applicationId }) => applicationId === application.id)?.account;
    if (dueMs === undefined || kept === undefined) continue;
    const when = dueMs > nowMs ? `before ${toIso(dueMs)}` : 'yet';
    return refused(`Its account in ${application.id} is kept, and will not be deleted ${when}.`);
  }
  return undefined;
}

function refused(reason: string, isFinal = false): ErasureRefusal {
  return { reason, isFinal };
}

function waitsInHold(facts: readonly Fact[]): boolean {
  const decided = new Set(
    facts.flatMap((fact) => (fact.type === 'hold-released' || fact.type === 'hold-dropped' ? fact.hold : [])),
  );
  return facts.some(({ held }) => held !== undefined && !decided.has(held));
}

/** Under which names others than the identity's own partitions have something of it. */
export interface Traces {
  readonly identityId: string;
  readonly events: readonly Pick<Fact, 'source' | 'sourceEventId'>[];
  /** As they are compared. */
  readonly addresses: readonly string[];
  readonly certificateIds: readonly string[];
  readonly accounts: readonly { readonly applicationId: string; readonly accountId: string }[];
  /** The review campaigns that asked about it. */
  readonly campaignIds: readonly string[];
}

/** @param certificateIds those that its audit entries name */
export function tracesOf({ header, facts, accounts }: IdentityRecord, certificateIds: readonly string[]): Traces {
  const told = withAbsorbed(facts);
  const { identityId, removal } = header;
  const addresses = told.flatMap((fact) => {
    const email = 'attributes' in fact ? fact.attributes.email : undefined;
    return email ? comparable(email) : [];
  });
  const own = told.filter((fact) => fact.identityId === identityId || fact.about === identityId);
  return {
    identityId,
    events: own.map(({ source, sourceEventId }) => ({ source, sourceEventId })),
    addresses: [...new Set(addresses)],
    certificateIds: [...new Set([...certificateIds, ...(removal ? [certificateIdOf(identityId, removal)] : [])])],
    accounts: accounts.flatMap(({ applicationId, account }) =>
      account === undefined ? [] : [{ applicationId, accountId: account.accountId }],
    ),
    campaignIds: campaignsIn(own),
  };
}

function campaignsIn(facts: readonly Fact[]): readonly string[] {
  const ids = facts.flatMap((fact) =>
    fact.type === 'access-review-opened' && fact.basis === 'campaign' ? fact.campaignId : [],
  );
  return [...new Set(ids)];
}
