// The simulated company's day, watched: each record is translated, joined, judged by what was remembered before it, and
// remembered, in the order in which records come.
import { activitySourceOf } from '../../../lambdas/activity-sources/registry.ts';
import type { ActivityRecord, Party } from '../../../lambdas/core/detection/activity.ts';
import type { DetectionSettings, Joined } from '../../../lambdas/core/detection/context.ts';
import { DETECTIONS } from '../../../lambdas/core/detection/detections/all.ts';
import type { Finding } from '../../../lambdas/core/detection/finding.ts';
import { clueKey, clueOf, cluesOfAccount, matchParty } from '../../../lambdas/core/detection/join.ts';
import { judgeRecord } from '../../../lambdas/core/detection/judge.ts';
import { isOneself } from '../../../lambdas/core/detection/judging.ts';
import { knownIdentity, peerGroupOf } from '../../../lambdas/core/detection/known-identity.ts';
import {
  type ActivityMemory,
  type PeerMemory,
  remember,
  rememberPeer,
} from '../../../lambdas/core/detection/memory.ts';
import { DEFAULT_DETECTION_SETTINGS } from '../../../lambdas/core/detection/settings.ts';
import { buildTimeline, identityAt, type Timeline } from '../../../lambdas/core/identity/timeline.ts';
import { Random } from '../random.ts';
import {
  buildCompany,
  type Company,
  DAY_MS,
  DAY_START_MS,
  DORMANT_APPLICATION,
  HOUR_MS,
  type Member,
  MODEL,
  ROLES,
} from './company.ts';
import { normalDay, oddities } from './normal-day.ts';
import { type Plant, plants } from './plants.ts';
import { homeOf, restartIds, type Sent, signInTo } from './records.ts';

/** So many days before, thinly: what is usual is seen in a few of them, if the first is long enough ago. */
const DAYS_BEFORE = [16, 12, 8, 4, 2, 1];
const SHARE_OF_WARM_UP = 0.02;
/** Of the day's records, so many come twice, and so many late. */
const TWICE = 0.01;
const LATE = 0.03;

const SETTINGS: DetectionSettings = {
  ...DEFAULT_DETECTION_SETTINGS,
  egressNetworks: ['198.51.100.0/24', 'as64500', 'as64501'],
};
const SOURCE_SETTINGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  okta: {
    application: 'okta',
    applications: Object.fromEntries(MODEL.applications.map(({ id }) => [`0oa-${id}`, id])),
  },
  'google-workspace': { application: 'mail' },
  github: { application: 'github' },
  slack: { application: 'chat' },
  anthropic: { application: 'claude' },
  'aws-cloudtrail': { application: 'aws' },
  ocsf: { application: 'agent-tools', applications: { 'agent-tools': 'agent-tools' } },
};

export interface WatchedDay {
  readonly records: number;
  readonly refused: number;
  readonly planted: readonly Plant[];
  /** Each with the record that it was found by. */
  readonly findings: readonly Found[];
  readonly missed: readonly Plant[];
  /** Findings that somebody is told of and that no plant explains, once each. */
  readonly falseAlarms: readonly Found[];
  /** Those of them that are only recorded. */
  readonly onlyRecorded: readonly Found[];
  /** CPU seconds of watching the day's records. */
  readonly seconds: number;
}

export interface Found {
  readonly finding: Finding;
  readonly sent: Sent;
}

export function watchDay(seed: number): WatchedDay {
  restartIds();
  const random = new Random(seed);
  const company = buildCompany(random);
  const watch = new Watch(company);
  for (const day of DAYS_BEFORE) {
    for (const sent of byArrival(normalDay(company, DAY_START_MS - day * DAY_MS, SHARE_OF_WARM_UP, random)))
      watch.take(sent);
  }
  const dormant = company.people[ROLES.dormant] as Member;
  watch.take(signInTo(DAY_START_MS - 150 * DAY_MS, dormant, homeOf(dormant), DORMANT_APPLICATION));
  const planted = plants(company);
  const normal = [...normalDay(company, DAY_START_MS, 1, random), ...oddities(company, DAY_START_MS)];
  const day = byArrival([...disturbed(normal, random), ...planted.flatMap(({ records }) => records)]);
  const began = process.cpuUsage();
  const { findings, refused } = watch.all(day);
  const { user, system } = process.cpuUsage(began);
  return {
    ...judged(findings, planted),
    records: day.length,
    refused,
    planted,
    findings,
    seconds: (user + system) / 1e6,
  };
}

function byArrival(records: readonly Sent[]): readonly Sent[] {
  return records.toSorted((one, other) => one.receivedMs - other.receivedMs);
}

/** Some come twice, and some hours late. */
function disturbed(records: readonly Sent[], random: Random): readonly Sent[] {
  return records.flatMap((sent) => {
    const receivedMs = sent.receivedMs + (random.chance(LATE) ? random.below(6 * HOUR_MS) : random.below(60_000));
    const once = { ...sent, receivedMs };
    return random.chance(TWICE) ? [once, { ...once, receivedMs: receivedMs + random.below(HOUR_MS) }] : [once];
  });
}

const TOLD = new Set(['medium', 'high', 'critical']);

function judged(findings: readonly Found[], planted: readonly Plant[]) {
  const ownerOf = new Map(planted.flatMap((plant) => plant.records.map((sent): [string, Plant] => [sent.id, plant])));
  const missed = planted.filter(
    ({ detection, records }) =>
      !findings.some(
        ({ finding, sent }) => finding.detection === detection && records.some(({ id }) => id === sent.id),
      ),
  );
  // What a plant's own records show beside its kind is no false alarm: a stranger's new factor is from elsewhere, too.
  const explained = new Set(findings.filter(({ sent }) => ownerOf.has(sent.id)).map(({ finding }) => finding.key));
  const once = new Map<string, Found>();
  for (const found of findings)
    if (!explained.has(found.finding.key) && !once.has(found.finding.key)) once.set(found.finding.key, found);
  const isTold = ({ finding }: Found) => finding.response !== 'record' && TOLD.has(finding.severity);
  const others = [...once.values()];
  return { missed, falseAlarms: others.filter(isTold), onlyRecorded: others.filter((found) => !isTold(found)) };
}

class Watch {
  readonly #company: Company;
  readonly #timelines: ReadonlyMap<string, Timeline>;
  readonly #directory: ReadonlyMap<string, readonly string[]>;
  readonly #memories = new Map<string, ActivityMemory>();
  readonly #peers = new Map<string, PeerMemory>();

  constructor(company: Company) {
    this.#company = company;
    this.#timelines = new Map([...company.members].map(([id, { facts }]) => [id, buildTimeline(facts)]));
    this.#directory = directoryOf(company);
  }

  all(records: readonly Sent[]): { readonly findings: readonly Found[]; readonly refused: number } {
    const findings: Found[] = [];
    let refused = 0;
    for (const sent of records) {
      const found = this.take(sent);
      if (found === undefined) refused += 1;
      else for (const finding of found) findings.push({ finding, sent });
    }
    return { findings, refused };
  }

  /** What was found in it; undefined: it was refused. */
  take({ source, raw, receivedMs }: Sent): readonly Finding[] | undefined {
    const settings = SOURCE_SETTINGS[source];
    const translation = activitySourceOf(source)?.translate(raw, { source, settings, receivedMs });
    if (translation === undefined || 'refused' in translation) return undefined;
    const { record } = translation;
    const context = {
      actor: this.#joined(record.who, record, receivedMs),
      ...(record.target !== undefined && { target: this.#joined(record.target, record, receivedMs) }),
      applications: MODEL.applications,
      openBreakGlass: false,
      settings: SETTINGS,
      nowMs: receivedMs,
    };
    const findings = judgeRecord(record, context, DETECTIONS);
    this.#remember(record, context.actor, context.target, isOneself(record, context));
    return findings;
  }

  #joined(party: Party, record: ActivityRecord, nowMs: number): Joined {
    const match = matchParty(
      party.clues.map((clue) => ({ clue, identityIds: this.#directory.get(clueKey(clue)) ?? [] })),
    );
    if (match.found !== 'one') return match;
    const { identityId, by } = match;
    const timeline = this.#timelines.get(identityId) as Timeline;
    const owner = this.#company.members.get(identityId)?.owner;
    const group = peerGroupOf(identityAt(timeline, record.timeMs));
    const identity = knownIdentity({
      identityId,
      timeline,
      accounts: this.#company.accounts.get(identityId) ?? [],
      model: MODEL,
      owner: owner === undefined ? undefined : { identityId: owner, timeline: this.#timelines.get(owner) as Timeline },
      memory: this.#memories.get(identityId),
      peers: group === undefined ? undefined : this.#peers.get(group),
      atMs: record.timeMs,
      nowMs,
    });
    return { found: 'one', by, identity };
  }

  #remember(record: ActivityRecord, actor: Joined, target: Joined | undefined, toOneself: boolean): void {
    if (actor.found === 'one') {
      const { identityId, thenState } = actor.identity;
      this.#memories.set(identityId, remember(this.#memories.get(identityId), record, 'actor', { toOneself }));
      const group = peerGroupOf(thenState);
      if (group !== undefined) this.#peers.set(group, rememberPeer(this.#peers.get(group), identityId, record));
    }
    if (target?.found === 'one' && !toOneself) {
      const { identityId } = target.identity;
      this.#memories.set(identityId, remember(this.#memories.get(identityId), record, 'target'));
    }
  }
}

function directoryOf(company: Company): ReadonlyMap<string, readonly string[]> {
  const directory = new Map<string, string[]>();
  for (const [id, accounts] of company.accounts) {
    const email = company.members.get(id)?.email;
    const clues = [...accounts.flatMap(cluesOfAccount), ...(email === '' ? [] : [clueOf('email', email)])];
    for (const clue of clues) {
      if (clue === undefined) continue;
      const key = clueKey(clue);
      directory.set(key, [...(directory.get(key) ?? []), id]);
    }
  }
  return directory;
}
