// What people ask for in the course of a history, and what others decide on it, through the operators' API: whoever is there
// then, for whoever, by the rules or not. It draws from a stream of its own, so that the histories of old seeds say what they
// said.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { DutyRule } from '../../lambdas/core/access-model/duty-rule.ts';
import { endDutyExceptions } from '../../lambdas/handlers/duties/end-duty-exceptions.ts';
import { grantDutyException } from '../../lambdas/handlers/duties/grant-duty-exception.ts';
import { decideRequest } from '../../lambdas/handlers/requests/decide-request.ts';
import { delegateDecisions } from '../../lambdas/handlers/requests/delegate-decisions.ts';
import { reviewRequest } from '../../lambdas/handlers/requests/review-request.ts';
import { submitRequest } from '../../lambdas/handlers/requests/submit-request.ts';
import { withdrawRequest } from '../../lambdas/handlers/requests/withdraw-request.ts';
import type { Coverage } from './coverage.ts';
import { factBase, type History, MINUTE_MS } from './history.ts';
import { OWNER, RULES_ASKED } from './oracle/rules-asked.ts';
import type { Random } from './random.ts';
import type { Setting } from './setting.ts';
import type { World } from './world.ts';

export const REQUESTS_STREAM = 2_300_000_017;
/** Who is there to decide, beside those of whom the history tells. */
export const APPROVERS = [OWNER, 'E951'] as const;
const MOST = 5;
const DAY_MS = 24 * 60 * MINUTE_MS;
const FAR_MS = 60 * DAY_MS;

export const RULE: DutyRule = {
  ...{ id: 'room-and-billing', name: 'Room and billing', severity: 'low', mode: 'require-exception', exceptions: [] },
  sides: ['chat:everyone', 'cloud:billing'].map((one) => ({ name: one, entitlements: [one], profiles: [] })),
};

/** What somebody had before Tenure, and what Tenure may not do, would be waited for without end. */
export function isAskedIn({ earlier, refused }: Setting, { isPosted, merges }: History): boolean {
  return earlier.length === 0 && refused === undefined && isPosted !== true && merges.length === 0;
}

/** @param duties what nobody may hold together without an exception. @default nothing of it */
export function withRules(setting: Setting, duties: readonly DutyRule[] = []): Setting {
  const { model, deployment } = setting;
  const asked = (one: AccessModel): AccessModel => ({
    ...one,
    ...RULES_ASKED,
    hash: `${one.hash}, asked for`,
    applications: one.applications.map((application) => ({ ...application, owner: OWNER })),
    ...(duties.length > 0 && { duties: [...(one.duties ?? []), ...duties] }),
  });
  return {
    ...setting,
    model: asked(model),
    deployment: deployment && { ...deployment, model: asked(deployment.model) },
  };
}

/** Two who are there from the beginning and stay. */
export function withApprovers(history: History): History {
  const { startMs, arrivals } = history;
  const joining = APPROVERS.map((id) => ({
    atMs: startMs,
    fact: {
      ...factBase('acme-hr', id, 0),
      type: 'joiner' as const,
      effectiveAt: new Date(startMs).toISOString(),
      attributes: { kind: 'employee' as const, department: 'Finance' },
    },
  }));
  return { ...history, arrivals: [...joining, ...arrivals] };
}

interface Asking {
  readonly random: Random;
  readonly coverage: Coverage;
}

export function askForAccess(world: World, history: History, { random, coverage }: Asking): void {
  const { arrivals, startMs, endsMs } = history;
  const people = [...new Set(arrivals.map(({ fact }) => fact.identityId))].sort();
  const known = new Set<string>();
  const delegates: string[] = [];
  for (let index = 0; index < random.between(2, MOST); index += 1) {
    const atMs = startMs + random.below(endsMs - startMs);
    setTimeout(() => void ask(atMs), atMs - startMs);
  }
  const excepted = random.pick(people);
  const exceptedMs = startMs + random.below(endsMs - startMs);
  setTimeout(() => void except(excepted, exceptedMs), exceptedMs - startMs);

  for (let index = 0; index < 2; index += 1) {
    const atMs = startMs + random.below(endsMs - startMs);
    const to = random.pick(people);
    const lastsMs = 1 + random.below(Math.max(1, endsMs - atMs));
    setTimeout(() => void delegate(to, atMs + lastsMs), atMs - startMs);
  }

  /** Whoever owns what is asked for lets somebody decide in their place, who may have asked for it. */
  async function delegate(to: string, untilMs: number): Promise<void> {
    const body = { to, endsAt: new Date(untilMs).toISOString() };
    const said = { name: 'delegate-decisions', handle: delegateDecisions, as: OWNER, role: 'manager', body } as const;
    if ((await operate(said)) === 202) delegates.push(to);
  }

  /** Of what is answered only the outcome is noted: who may not is refused, and a function may die. */
  async function operate(what: Parameters<World['operate']>[0]): Promise<number> {
    try {
      const { status, body } = await world.operate(what);
      if (status < 400 && 'requestId' in body) known.add(String(body['requestId']));
      if (status === 403) coverage.happened.add('refused to who may not');
      return status;
    } catch {
      return 0;
    }
  }

  async function ask(nowMs: number): Promise<void> {
    const isShort = random.chance(0.6);
    const leftMs = Math.max(1, endsMs - nowMs);
    const endsAt = new Date(isShort ? nowMs + 1 + random.below(leftMs) : endsMs + FAR_MS).toISOString();
    const as = random.pick(people);
    const isEmergency = isShort && random.chance(0.3);
    const other = random.pick(people);
    const body = isEmergency
      ? { entitlement: 'chat:sales-room', emergency: true }
      : {
          entitlement: random.pick(RULES_ASKED.requests).entitlements[0],
          ...(other === as ? {} : random.chance(0.4) ? { for: other } : {}),
        };
    const asked = { name: 'submit-request', handle: submitRequest, as, role: 'operations' } as const;
    const before = new Set(known);
    const status = await operate({ ...asked, body: { ...body, reason: 'it is needed', endsAt } });
    if (status === 202 && isEmergency) coverage.happened.add('taken in an emergency');
    const [id] = [...known].filter((one) => !before.has(one));
    if (id === undefined) return;
    // Of some nobody decides before they have expired.
    const isLate = leftMs > 2 * DAY_MS && random.chance(0.5);
    for (let tries = 0; tries < random.between(2, 5); tries += 1) {
      const soonMs = random.chance(0.5) ? Math.min(20 * MINUTE_MS, leftMs) : leftMs;
      const inMs = isLate ? DAY_MS + random.below(leftMs - DAY_MS) : random.below(soonMs);
      setTimeout(() => void decide(id, as), inMs);
    }
    if (random.chance(0.3)) setTimeout(() => void withdraw(id, as), random.below(leftMs));
    // And somebody comes too late, to reject what nobody could give any more.
    const overInMs = Math.min(DAY_MS, Date.parse(endsAt) - nowMs) + MINUTE_MS;
    if (!isEmergency && overInMs < leftMs) setTimeout(() => void rejectLate(id), overInMs);
  }

  async function decide(id: string, requester: string): Promise<void> {
    // Who is asked decides more often than anybody: the owner, and whom they delegated to, for as long as that lasts or longer.
    const asked = random.chance(0.5) ? [OWNER, ...delegates] : [...people, ...APPROVERS];
    const as = random.chance(0.25) ? requester : random.pick(asked);
    const said = { as, role: 'security', parameters: { id } } as const;
    const isReview = random.chance(0.2);
    const status = isReview
      ? await operate({
          ...{ ...said, name: 'review-request', handle: reviewRequest },
          body: { verdict: random.pick(['justified', 'unjustified']), reason: 'looked at' },
        })
      : await operate({
          ...{ ...said, name: 'decide-request', handle: decideRequest },
          body: { decision: random.chance(0.85) ? 'approve' : 'reject' },
        });
    if (status === 200) coverage.happened.add(isReview ? 'emergency reviewed' : 'decided on a request');
    if (status === 200 && !isReview && delegates.includes(as)) coverage.happened.add('decided by who was a delegate');
  }

  async function rejectLate(id: string): Promise<void> {
    const status = await operate({
      ...{ name: 'decide-request', handle: decideRequest, as: APPROVERS[0], role: 'security', parameters: { id } },
      body: { decision: 'reject' },
    });
    if (status === 409) coverage.happened.add('decided on too late');
  }

  async function withdraw(id: string, as: string): Promise<void> {
    const status = await operate({
      name: 'withdraw-request',
      handle: withdrawRequest,
      as,
      role: 'manager',
      parameters: { id },
    });
    if (status !== 200) return;
    coverage.happened.add('taken back by who asked');
    // Somebody had not heard of it.
    setTimeout(
      () =>
        void operate({
          ...{ name: 'decide-request', handle: decideRequest, as: APPROVERS[1], role: 'security', parameters: { id } },
          body: { decision: 'approve' },
        }),
      MINUTE_MS,
    );
  }

  async function except(identity: string, nowMs: number): Promise<void> {
    const leftMs = Math.max(1, endsMs - nowMs);
    const untilMs = random.chance(0.6) ? nowMs + 1 + random.below(leftMs) : endsMs + FAR_MS;
    const until = new Date(untilMs).toISOString();
    const parameters = { rule: RULE.id };
    const as = random.pick([...people, ...APPROVERS]);
    const said = { as, role: 'security', parameters } as const;
    const body = { identity, owner: random.pick([...people, ...APPROVERS]), reason: 'year-end closing', until };
    const status = await operate({ ...said, name: 'grant-duty-exception', handle: grantDutyException, body });
    if (status === 200) coverage.happened.add('excepted from a rule');
    if (random.chance(0.7)) return;
    setTimeout(
      () =>
        void operate({
          ...{ ...said, name: 'end-duty-exceptions', handle: endDutyExceptions },
          parameters: { ...parameters, identity },
        }),
      random.below(leftMs),
    );
  }
}
