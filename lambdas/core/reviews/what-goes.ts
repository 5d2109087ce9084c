// What goes with an item if it is taken away, found by the same function that decides on access: asked once as it is, and once as
// if it had been.
import { type DesiredAccess, desiredAccess } from '../access/desired-access.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import { findEntitlement } from '../access-model/find-entitlement.ts';
import { buildTimeline, type Timeline } from '../identity/timeline.ts';
import type { CampaignItemState } from './campaign-answers.ts';
import { decidedFact, decidedItemOf } from './campaign-decisions.ts';

export interface WhoseAccess {
  readonly identityId: string;
  readonly timeline: Timeline;
  readonly model: AccessModel;
  /** Epoch ms. */
  readonly nowMs: number;
}

/** The timeline as if somebody had just taken it away. */
export function asIfRemoved({ identityId, timeline, nowMs }: WhoseAccess, state: CampaignItemState): Timeline {
  const removed = decidedFact(
    decidedItemOf(state, identityId, nowMs),
    { answer: 'remove', by: identityId, reason: 'what if' },
    { decidedMs: nowMs, batchId: 'what-if', size: 1 },
  );
  return { ...buildTimeline([...timeline.facts, removed]), owners: timeline.owners };
}

/** A line each, beside the item itself. */
export function whatGoes(whose: WhoseAccess, state: CampaignItemState): readonly string[] {
  const { identityId, timeline, model, nowMs } = whose;
  const { entitlement } = state.item;
  const before = desiredAccess(timeline, model, nowMs, identityId);
  const after = desiredAccess(asIfRemoved(whose, state), model, nowMs, identityId);
  const name = (reference: string) => findEntitlement(model, reference)?.entitlement.name ?? reference;
  const [had, has] = [heldIn(before), heldIn(after)];
  const lost = [...had].filter((one) => !has.has(one) && one !== entitlement);
  const gained = [...has].filter((one) => !had.has(one));
  const accounts = before.accounts.filter(
    ({ applicationId }) => !after.accounts.some((one) => one.applicationId === applicationId),
  );
  const rules = (access: DesiredAccess) => new Set(access.conflicts.map(({ rule }) => rule.name));
  const settled = [...rules(before)].filter((rule) => !rules(after).has(rule));
  return [
    ...(has.has(entitlement) ? ['It stays: something else holds it up.'] : []),
    ...lost.map((one) => `${name(one)} (${one}) goes as well.`),
    ...accounts.map(({ applicationId }) => {
      const application = model.applications.find(({ id }) => id === applicationId);
      return `The account in ${application?.name ?? applicationId} goes: nothing else holds it up.`;
    }),
    ...gained.map((one) => `${name(one)} (${one}) is given, which a rule about duties refuses now.`),
    ...settled.map((rule) => `The rule "${rule}" is kept from then on.`),
  ];
}

function heldIn({ accounts }: DesiredAccess): ReadonlySet<string> {
  return new Set(
    accounts.flatMap(({ applicationId, entitlements }) =>
      entitlements.map((one) => `${applicationId}:${one.entitlement}`),
    ),
  );
}

/** Of something that its owner limits, what it would lose. @param owner as if it had been taken away from them */
export function lostWithOwner(whose: WhoseAccess, ownerId: string, owner: Timeline): readonly string[] {
  const { identityId, timeline, model, nowMs } = whose;
  const owners = new Map(timeline.owners);
  for (const [named, one] of owners) if (one.identityId === ownerId) owners.set(named, { ...one, timeline: owner });
  const had = heldIn(desiredAccess(timeline, model, nowMs, identityId));
  const has = heldIn(desiredAccess({ ...timeline, owners }, model, nowMs, identityId));
  return [...had].filter((one) => !has.has(one));
}
