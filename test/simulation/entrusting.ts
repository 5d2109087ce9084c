// What people ask for in the name of their agents, and in place of somebody else; and who says that a task of two people is done.
// Both go through the operators' API, by right or not. It draws from a stream of its own, so that the histories of old seeds
// say what they said.
import { desiredAccess } from '../../lambdas/core/access/desired-access.ts';
import { stampAuthority } from '../../lambdas/core/identity/authority.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { buildTimeline } from '../../lambdas/core/identity/timeline.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import { decideRequest } from '../../lambdas/handlers/requests/decide-request.ts';
import { delegateDecisions } from '../../lambdas/handlers/requests/delegate-decisions.ts';
import { submitRequest } from '../../lambdas/handlers/requests/submit-request.ts';
import { withdrawRequest } from '../../lambdas/handlers/requests/withdraw-request.ts';
import { attestTask } from '../../lambdas/handlers/systems/attest-task.ts';
import { AGENTS } from './agents.ts';
import type { Coverage } from './coverage.ts';
import { factBase, type History, MINUTE_MS } from './history.ts';
import type { Invariants } from './invariants.ts';
import { DAY_MS } from './months.ts';
import { OWNER } from './oracle/rules-asked.ts';
import { addressOf } from './oracle/trust.ts';
import type { Random } from './random.ts';
import { APPROVERS } from './requests.ts';
import type { Answered, Operation, World } from './world.ts';

export const TRUST_STREAM = 4_700_000_003;
const [, SECURITY] = APPROVERS;
/** Whatever rules let people ask for. */
const COVERED = ['cloud:billing', 'badge:office'];
const FAR_MS = 60 * DAY_MS;
const SHORTLY_MS = 20 * MINUTE_MS;

interface Entrusting {
  readonly random: Random;
  readonly coverage: Coverage;
}

/** Whoever decides can be mailed to; and one of them has what others cover for, until they move. */
export function withDeciders(random: Random, history: History): History {
  const { startMs, endsMs, precedence = {} } = history;
  const known = history.arrivals.map((arrival) => {
    const { fact } = arrival;
    if (fact.type !== 'joiner' || !APPROVERS.some((one) => one === fact.identityId)) return arrival;
    const department = fact.identityId === SECURITY ? 'Sales' : 'Finance';
    const attributes = { ...fact.attributes, department, email: addressOf(fact.identityId) };
    return { ...arrival, fact: { ...fact, attributes } };
  });
  if (random.chance(0.3)) return { ...history, arrivals: known };
  const atMs = startMs + random.below(endsMs - startMs);
  const base = { ...factBase('acme-hr', SECURITY, 1), recordedMs: atMs, receivedMs: atMs, effectiveAt: toIso(atMs) };
  const moves: Fact = { ...base, type: 'mover', attributes: { department: 'Finance' } };
  return { ...history, arrivals: [...known, { atMs, fact: stampAuthority(moves, precedence) }] };
}

export function entrust(world: World, { arrivals, startMs, endsMs }: History, { random, coverage }: Entrusting): void {
  const ids = [...new Set(arrivals.map(({ fact }) => fact.identityId))].sort();
  const agents = ids.filter((id) => AGENTS.includes(id));
  const people = ids.filter((id) => !AGENTS.includes(id));
  for (let index = 0; index < random.between(5, 10); index += 1) {
    const atMs = startMs + random.below(endsMs - startMs);
    const what = random.pick([askForAgent, askToCover, askToCover, askForOffice] as const);
    setTimeout(() => void what(atMs), atMs - startMs);
  }
  if (random.chance(0.3)) setTimeout(() => void delegate(), random.below(endsMs - startMs));

  async function operate(what: Operation): Promise<Answered | undefined> {
    try {
      return await world.operate(what);
    } catch {
      // A function may die: whoever asked has no answer.
      return undefined;
    }
  }

  function endOf(nowMs: number): string {
    const leftMs = Math.max(MINUTE_MS, endsMs - nowMs);
    const untilMs = random.chance(0.5) ? nowMs + SHORTLY_MS + random.below(leftMs) : endsMs + FAR_MS;
    return new Date(untilMs).toISOString();
  }

  async function ask(as: string, body: Readonly<Record<string, string>>): Promise<void> {
    const said = { name: 'submit-request', handle: submitRequest, as, role: 'operations' } as const;
    const answered = await operate({ ...said, body: { ...body, reason: 'it is needed' } });
    const id = answered?.status === 202 ? String(answered.body['requestId']) : undefined;
    if (/no more than its owner/.test(String(answered?.body['detail'])))
      coverage.happened.add('refused beyond an owner');
    if (id === undefined) return;
    const leftMs = Math.max(1, Math.min(DAY_MS, endsMs - Date.now()));
    const soon = () => random.below(random.chance(0.6) ? Math.min(leftMs, SHORTLY_MS) : leftMs);
    for (let tries = 0; tries < random.between(1, 3); tries += 1) setTimeout(() => void decide(id), soon());
    if (random.chance(0.4)) setTimeout(() => void withdraw(id, as), soon());
  }

  async function askForAgent(nowMs: number): Promise<void> {
    const agent = random.pick(agents);
    const record = await world.stores.directory.load(agent);
    const owner = record?.header.summary.ownerId ?? OWNER;
    const as = random.chance(0.7) ? owner : random.pick(people);
    await ask(as, { entitlement: 'cloud:billing', for: agent, endsAt: endOf(nowMs) });
  }

  async function askToCover(nowMs: number): Promise<void> {
    const held = (await Promise.all(people.map((id) => heldBy(id, nowMs)))).flat();
    const { covers, entitlement } =
      random.chance(0.9) && held.length > 0
        ? random.pick(held)
        : { covers: random.pick(people), entitlement: random.pick(COVERED) };
    const others = people.filter((id) => id !== covers);
    await ask(random.pick(others), { entitlement, covers, endsAt: endOf(nowMs) });
  }

  /** As those who ask would be told by whoever they cover. */
  async function heldBy(covers: string, nowMs: number) {
    const { facts = [] } = (await world.stores.directory.load(covers)) ?? {};
    const { accounts } = desiredAccess(buildTimeline(facts), world.model, nowMs, covers);
    return COVERED.filter((reference) =>
      accounts.some(({ applicationId, entitlements }) =>
        entitlements.some(({ entitlement }) => `${applicationId}:${entitlement}` === reference),
      ),
    ).map((entitlement) => ({ covers, entitlement }));
  }

  /** Its first stage is its owner's, who is mailed. */
  async function askForOffice(nowMs: number): Promise<void> {
    await ask(random.pick(people), { entitlement: 'badge:office', endsAt: endOf(nowMs) });
  }

  async function decide(id: string): Promise<void> {
    const said = { name: 'decide-request', handle: decideRequest, as: SECURITY, role: 'security' } as const;
    const body = { decision: random.chance(0.9) ? 'approve' : 'reject' };
    const answered = await operate({ ...said, parameters: { id }, body });
    if (answered?.status === 200 && answered.body['covers'] !== undefined && body.decision === 'approve') {
      coverage.happened.add('covered for somebody');
    }
  }

  async function withdraw(id: string, as: string): Promise<void> {
    await operate({ name: 'withdraw-request', handle: withdrawRequest, as, role: 'manager', parameters: { id } });
  }

  async function delegate(): Promise<void> {
    const body = { to: SECURITY, endsAt: new Date(Date.now() + SHORTLY_MS + random.below(FAR_MS)).toISOString() };
    await operate({ name: 'delegate-decisions', handle: delegateDecisions, as: OWNER, role: 'manager', body });
  }
}

/** Who works in systems without an API, and says so: now and then the same person twice, or whom it concerns. */
export async function attestByTwo(
  world: World,
  { random, coverage, invariants }: Entrusting & { readonly invariants: Invariants },
): Promise<void> {
  const { items } = await world.stores.tasks.listTasks({ status: 'open', limit: 10 });
  for (const { taskId, identityId } of items) {
    for (const as of random.pick([
      [OWNER, SECURITY],
      [SECURITY, OWNER],
      [OWNER, OWNER],
      [OWNER],
      [identityId, OWNER],
    ])) {
      invariants.onStated(taskId, as);
      const said = { name: 'attest-task', handle: attestTask, as, role: 'it', parameters: { id: taskId } } as const;
      const answered = await world.operate({ ...said, body: { outcome: 'done' } }).catch(() => undefined);
      if (answered?.status === 202) coverage.happened.add('said by the first of two');
    }
  }
}
