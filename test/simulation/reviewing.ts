// A review campaign from its opening to its end, all of it by the handlers that do it: its population is fixed and judged, whoever
// is to answer is asked, deadlines are moved, queues handed over. Meanwhile whoever answers leaves, or is away, and goes on
// answering; others come in their place; and answers arrive as a stage closes. It draws from a stream of its own.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { CampaignReviewer } from '../../lambdas/core/access-model/campaign-rules.ts';
import type { ReviewAnswer } from '../../lambdas/core/identity/facts.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import { moveCampaignDeadline } from '../../lambdas/handlers/reviews/move-campaign-deadline.ts';
import { openReviewCampaign } from '../../lambdas/handlers/reviews/open-review-campaign.ts';
import { reassignCampaignItems } from '../../lambdas/handlers/reviews/reassign-campaign-items.ts';
import type { NoticeStore } from '../../lambdas/stores/notices/notice-store.ts';
import { memoryNotices } from '../support/memory-notices.ts';
import { type Item, type Said, sendDecision } from './campaign-decisions.ts';
import type { Coverage } from './coverage.ts';
import { type Arrival, factBase, type History, MINUTE_MS } from './history.ts';
import type { Invariants } from './invariants.ts';
import type { Assigned } from './oracle/campaigns.ts';
import type { Random } from './random.ts';
import type { Setting } from './setting.ts';
import type { World } from './world.ts';

export const REVIEWING_STREAM = 4_700_000_029;
/** Above everybody, and there until the end. */
const CHIEF = 'E960';
/** Above whoever the history tells of. */
const LEAD = 'E961';
/** Of every application. */
const OWNER = 'E962';
const STAFF = [CHIEF, LEAD, OWNER];
const STAGES: readonly CampaignReviewer[] = [
  'manager',
  'manager',
  'entitlement-owner',
  'application-owner',
  'security',
];
const DEPARTURES = ['leaves', 'leaves', 'is suspended', 'is away for a while'] as const;
const ANSWERS: readonly ReviewAnswer[] = ['keep', 'keep', 'remove', 'remove', 'shorten', 'ask', 'undo'];
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LOOKED_AT_MS = 2 * MINUTE_MS;
/** Whoever leaves then has been asked. */
const SETTLING_MS = 5 * MINUTE_MS;
/** Nobody opens what takes longer: it is taken up again. */
const OPENING_MS = 20 * MINUTE_MS;
/** Answers that are sent then arrive when it is over. */
const JUST_BEFORE_MS = 300;
const ROLE = 'role:security';

export interface Course {
  readonly opensMs: number;
  readonly stages: readonly CampaignReviewer[];
  /** So long after it began each stage is over. Undefined: nobody moves its deadline, which is days away. */
  readonly lastsMs: readonly number[] | undefined;
  /** Who leaves or is away, and from when on (epoch ms). Undefined: nobody. */
  readonly departs: { readonly who: string; readonly atMs: number } | undefined;
}

/** Whoever answers, and who of them goes before it is over. */
export function withReviewers(
  random: Random,
  history: History,
): { readonly history: History; readonly course: Course } {
  const { startMs, arrivals } = history;
  const opensMs = startMs + random.between(2, 20) * MINUTE_MS;
  const stages = [random.pick(STAGES), random.pick(STAGES)];
  const lastsMs = random.chance(0.8) ? stages.map(() => HOUR_MS + random.between(5, 30) * MINUTE_MS) : undefined;
  const overMs =
    opensMs + (lastsMs === undefined ? stages.length * DAY_MS : lastsMs.reduce((sum, one) => sum + one, 0));
  const fate = random.pick([...DEPARTURES, ...DEPARTURES, 'stays'] as const);
  // Mostly of whom the first stage asks, before it is over.
  const who = stages[0]?.endsWith('owner') === true ? OWNER : LEAD;
  const firstMs = lastsMs?.[0] ?? DAY_MS;
  const atMs = opensMs + SETTLING_MS + random.below((random.chance(0.8) ? firstMs : overMs - opensMs) - SETTLING_MS);
  const backMs = Math.min(atMs + random.between(20, 200) * MINUTE_MS, overMs);
  const said = (index: number, whenMs: number) => ({
    ...factBase('acme-hr', who, index),
    ...{ recordedMs: whenMs, receivedMs: whenMs, effectiveAt: toIso(whenMs) },
  });
  const going: Readonly<Record<typeof fate, readonly Arrival[]>> = {
    leaves: [{ atMs, fact: { ...said(1, atMs), type: 'leaver', immediate: random.chance(0.5) } }],
    'is suspended': [{ atMs, fact: { ...said(1, atMs), type: 'suspension' } }],
    'is away for a while': [
      { atMs, fact: { ...said(1, atMs), type: 'suspension' } },
      { atMs: backMs, fact: { ...said(2, backMs), type: 'return' } },
    ],
    stays: [],
  };
  return {
    course: { opensMs, stages, lastsMs, departs: fate === 'stays' ? undefined : { who, atMs } },
    history: {
      ...history,
      arrivals: [...joining(startMs), ...arrivals.map(withManager), ...going[fate]],
      endsMs: Math.max(history.endsMs, overMs + random.between(10, 60) * MINUTE_MS),
    },
  };
}

/** They have been there for a while: whoever is said to come at the same time may be there for one clock and not for another. */
function joining(startMs: number): readonly Arrival[] {
  return STAFF.map((id) => ({
    atMs: startMs,
    fact: {
      ...factBase('acme-hr', id, 0),
      ...{ type: 'joiner', effectiveAt: toIso(startMs - HOUR_MS) },
      attributes: { kind: 'employee', department: 'Finance', ...(id !== CHIEF && { manager: CHIEF }) },
    },
  }));
}

function withManager(arrival: Arrival): Arrival {
  const { fact } = arrival;
  if (fact.type !== 'joiner') return arrival;
  return { ...arrival, fact: { ...fact, attributes: { ...fact.attributes, manager: LEAD } } };
}

/** Somebody owns every application. */
export function withOwner(setting: Setting): Setting {
  const owned = (model: AccessModel): AccessModel => ({
    ...model,
    hash: `${model.hash}, owned`,
    applications: model.applications.map((application) => ({ ...application, owner: OWNER })),
  });
  const { model, deployment } = setting;
  return {
    ...setting,
    model: owned(model),
    deployment: deployment && { ...deployment, model: owned(deployment.model) },
  };
}

/** Notes when whatever tells people was to look at somebody. */
export class WatchedNotices {
  readonly wokenMs = new Map<string, number[]>();
  readonly store: NoticeStore;

  constructor() {
    const store = memoryNotices();
    this.store = {
      ...store,
      wake: async (identityId, atMs) => {
        this.wokenMs.set(identityId, [...(this.wokenMs.get(identityId) ?? []), Date.now()]);
        await store.wake(identityId, atMs);
      },
    };
  }
}

interface Reviewing {
  readonly course: Course;
  readonly random: Random;
  readonly invariants: Invariants;
  readonly coverage: Coverage;
  readonly notices: WatchedNotices;
}

export function reviewFromTheBeginning(
  world: World,
  { arrivals, endsMs }: History,
  { course, random, invariants, coverage, notices }: Reviewing,
): void {
  const { opensMs, stages, lastsMs, departs } = course;
  const people = [...new Set(arrivals.map(({ fact }) => fact.identityId))].sort();
  const applications = world.model.applications.map(({ id }) => id);
  // Everybody has the chat: without it nobody is asked about whoever answers, and so who is above them has nothing to answer.
  const scope = { applications: random.chance(0.25) ? applications.filter((id) => id !== 'chat') : applications };
  const definition = {
    ...{ name: 'Everybody', scope, stages: stages.map((reviewers) => ({ reviewers, days: 1 })) },
    noAnswer: { privileged: random.pick(['remove', 'suspend']), others: random.pick(['remove', 'suspend']) },
    ...{ undoDays: 1, maximumPerReviewer: 200, excluded: [] },
  };
  let campaignId = '';
  let [sent, seenStage, moved] = [0, -1, -1];

  at(opensMs, open);
  at(opensMs + OPENING_MS, resume);
  at(opensMs, look);
  for (let index = 0; index < random.between(6, 14); index += 1) {
    const kind = random.pick(['asked', 'asked', 'asked', 'next', 'anybody', 'many'] as const);
    at(opensMs + random.below(endsMs - opensMs), () => answerAs(kind));
  }
  if (random.chance(0.5)) at(opensMs + random.below(endsMs - opensMs), handOver);
  if (departs !== undefined) {
    at(departs.atMs + MINUTE_MS, isMissed);
    for (const afterMs of [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS]) {
      at(departs.atMs + afterMs + random.below(MINUTE_MS), goOn);
      at(departs.atMs + afterMs + random.below(MINUTE_MS), () => answerAs('next'));
    }
  }

  function at(instantMs: number, act: () => Promise<unknown>): void {
    // Whatever nobody was heard about in time is left when everything comes to rest.
    if (instantMs < endsMs) setTimeout(() => void act(), Math.max(0, instantMs - Date.now()));
  }

  async function open(): Promise<void> {
    const opened = await operate({
      ...{
        name: 'open-review-campaign',
        as: CHIEF,
        role: 'security',
        body: { definition, reason: 'the year is over' },
      },
      handle: (dependencies) => openReviewCampaign({ ...dependencies, workflow: dependencies.campaignWorkflow }),
    });
    if (opened?.status === 202) campaignId = String(opened.body['campaignId']);
    // Whoever got no answer asks again, and opens the same.
    else setTimeout(() => void open(), MINUTE_MS);
  }

  async function resume(): Promise<void> {
    const campaign = await world.campaigns.findCampaign(campaignId);
    if (campaign?.state === 'opening') world.startDueCampaigns();
    if (campaign?.state === 'opening' || campaignId === '') setTimeout(() => void resume(), OPENING_MS);
  }

  async function operate(what: Parameters<World['operate']>[0]) {
    return await world.operate(what).catch(() => undefined);
  }

  /** Every two minutes: how far it is, and in whose queues everything lies. */
  async function look(): Promise<void> {
    if (Date.now() < endsMs) setTimeout(() => void look(), LOOKED_AT_MS);
    const campaign = await world.campaigns.findCampaign(campaignId);
    if (campaign?.state !== 'open' || campaign.stage === undefined) return;
    const { stage, dueMs = [], walk } = campaign;
    if (stage === 0 && seenStage < 0) coverage.happened.add('campaign opened by its workflow');
    const isNew = stage !== seenStage;
    seenStage = stage;
    if (isNew && lastsMs === undefined) beforeItCloses(dueMs[stage] ?? 0);
    if (moved < stage && lastsMs !== undefined && walk === undefined) await shorten(stage, lastsMs[stage] ?? 0);
    if (walk !== undefined || Date.now() >= (dueMs[stage] ?? 0)) return;
    const open = (await rows()).filter(({ counts }) => counts.answered < counts.asked);
    const queued = open.filter((row) => row.stage === stage);
    invariants.onQueues({ campaignId, stage, open: queued, wokenMs: notices.wokenMs });
  }

  async function rows() {
    return (await world.campaigns.listRows({ campaignId, limit: 1_000, after: undefined })).items;
  }

  async function shorten(stage: number, durationMs: number): Promise<void> {
    const dueMs = Date.now() + durationMs;
    const body = { dueAt: toIso(dueMs), reason: 'it is urgent' };
    const said = { name: 'move-campaign-deadline', handle: moveCampaignDeadline, as: CHIEF, role: 'security' } as const;
    const answered = await operate({ ...said, parameters: { id: campaignId }, body });
    if (answered?.status !== 200) return;
    moved = stage;
    coverage.happened.add('deadline of a campaign moved');
    beforeItCloses(dueMs);
  }

  function beforeItCloses(dueMs: number): void {
    for (let index = 0; index < 3; index += 1) {
      const kind = random.pick(['asked', 'asked', 'many'] as const);
      at(dueMs - random.below(JUST_BEFORE_MS), () => answerAs(kind));
    }
  }

  /** In whose queue everything is that is asked. */
  async function assigned(): Promise<Assigned> {
    const found: [string, { reviewer: string; isHandedOver: boolean }][] = [];
    for (const identityId of new Set((await rows()).map((row) => row.identityId))) {
      const person = await world.campaigns.findPerson(campaignId, identityId);
      for (const { entitlement, reviewer, handedOver } of person?.items ?? []) {
        found.push([`${identityId} ${entitlement}`, { reviewer, isHandedOver: handedOver !== undefined }]);
      }
    }
    return new Map(found);
  }

  async function answerAs(kind: 'asked' | 'next' | 'anybody' | 'many'): Promise<void> {
    const queues = [...(await assigned())];
    if (queues.length === 0) return;
    const [key, { reviewer }] = random.pick(queues);
    const item = itemOf(key);
    const alike = queues.map(([one]) => itemOf(one)).filter(({ entitlement }) => entitlement === item.entitlement);
    const items = kind === 'many' ? alike.filter(({ identityId }) => identityId !== reviewer) : [item];
    const isRole = reviewer === ROLE;
    const asked = { as: isRole ? random.pick(STAFF) : reviewer, role: isRole ? 'security' : 'manager' } as const;
    const anybody = { as: random.pick([...people, ...STAFF]), role: random.pick(['manager', 'security'] as const) };
    const next = { as: random.pick(STAFF), role: 'manager' } as const;
    const whom = { asked, many: asked, anybody, next }[kind];
    if (items.length > 0) await send(items, whom);
  }

  /** Whoever has gone answers what was asked of them. */
  async function goOn(): Promise<void> {
    const queues = [...(await assigned())];
    const own = queues.filter(([, { reviewer }]) => reviewer === departs?.who);
    const all = own.length > 0 ? own : queues;
    if (all.length === 0 || departs === undefined) return;
    await send([itemOf(random.pick(all)[0])], { as: departs.who, role: 'manager' });
  }

  async function isMissed(): Promise<void> {
    const isOpen = (await rows()).some(
      (row) => row.stage === seenStage && row.reviewer === departs?.who && row.counts.answered < row.counts.asked,
    );
    const campaign = await world.campaigns.findCampaign(campaignId);
    const isGone = departs !== undefined && invariants.statusOf(departs.who) !== 'active';
    if (isOpen && isGone && campaign?.state === 'open') coverage.happened.add('reviewer left mid-campaign');
  }

  async function send(items: readonly Item[], who: Pick<Said, 'as' | 'role'>): Promise<void> {
    sent += 1;
    const decision = items.length > 1 ? random.pick(ANSWERS.slice(0, -1)) : random.pick(ANSWERS);
    const until = toIso(Date.now() + 1 + random.below(4 * HOUR_MS));
    const said = { campaignId, items, decision, reason: `seen, ${sent}`, ...(decision === 'shorten' && { until }) };
    const status = await sendDecision(
      world,
      { random, invariants, coverage, look: assigned, stages },
      { ...said, ...who },
    );
    const isLeft = who.as === departs?.who && invariants.statusOf(who.as) !== 'active';
    if (status === 403 && isLeft) coverage.happened.add('refused to a reviewer who left');
  }

  async function handOver(): Promise<void> {
    const [from, to] = [random.pick([LEAD, OWNER, ROLE]), random.pick([...STAFF, ...people])];
    const answered = await operate({
      ...{ name: 'reassign-campaign-items', handle: reassignCampaignItems, as: CHIEF, role: 'security' },
      ...{ parameters: { id: campaignId }, body: { from, to, reason: 'a holiday' } },
    });
    if (answered?.status === 200) coverage.happened.add('queue handed over');
  }
}

function itemOf(key: string): Item {
  const [identityId = '', entitlement = ''] = key.split(' ');
  return { identityId, entitlement };
}
