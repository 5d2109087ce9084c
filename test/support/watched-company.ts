// A few identities of every state and kind, whose accounts and reasons are known, and short ways to write records of theirs.
import { activitySourceOf } from '../../lambdas/activity-sources/registry.ts';
import type { AccountRecord } from '../../lambdas/core/access/account-record.ts';
import type { AccessModel, Application, Entitlement } from '../../lambdas/core/access-model/access-model.ts';
import type { ActivityRecord, Party } from '../../lambdas/core/detection/activity.ts';
import type { DetectionContext, DetectionSettings, Joined } from '../../lambdas/core/detection/context.ts';
import type { Detection } from '../../lambdas/core/detection/detection.ts';
import type { Finding } from '../../lambdas/core/detection/finding.ts';
import { clueOf } from '../../lambdas/core/detection/join.ts';
import { judgeRecord } from '../../lambdas/core/detection/judge.ts';
import { knownIdentity } from '../../lambdas/core/detection/known-identity.ts';
import type { ActivityMemory, PeerMemory } from '../../lambdas/core/detection/memory.ts';
import { remember, rememberPeer } from '../../lambdas/core/detection/memory.ts';
import { DEFAULT_DETECTION_SETTINGS } from '../../lambdas/core/detection/settings.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { buildTimeline, type Timeline } from '../../lambdas/core/identity/timeline.ts';
import { accessGranted, joiner, leaver, returning, suspension } from './facts.ts';

export const NOW_MS = Date.parse('2026-06-15T12:00:00Z');
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

function entitlement(id: string, grant: string, more: Partial<Entitlement> = {}): Entitlement {
  return { id, name: id, grant, privileged: false, ...more };
}

function application(id: string, entitlements: readonly Entitlement[]): Application {
  return { id, name: id, connector: 'scim', owner: 'E9', settings: {}, entitlements };
}

export const MODEL: AccessModel = {
  hash: '0'.repeat(64),
  applications: [
    application('crm', [
      entitlement('seller', 'crm-sellers'),
      entitlement('admin', 'crm-admins', { privileged: true }),
    ]),
    application('mail', [entitlement('user', 'mail-users')]),
    application('payroll', [entitlement('clerk', 'payroll-clerks')]),
    application('aws', [
      entitlement('developer', 'Developers'),
      entitlement('administrator', 'arn:aws:iam::aws:policy/AdministratorAccess', { privileged: true }),
    ]),
    application('agent-tools', [
      entitlement('search', 'tool:search', { agentMayHold: true }),
      entitlement('refund', 'tool:refund'),
    ]),
  ],
  profiles: [
    { id: 'everybody', name: 'Everybody', when: { kind: ['employee'] }, entitlements: ['mail:user'] },
    { id: 'sales', name: 'Sales', when: { kind: ['employee'], department: ['Sales'] }, entitlements: ['crm:seller'] },
    {
      id: 'cloud',
      name: 'Cloud',
      when: { kind: ['employee'], department: ['Engineering'] },
      entitlements: ['aws:developer'],
    },
    { id: 'pipelines', name: 'Pipelines', when: { kind: ['service-account'] }, entitlements: ['aws:developer'] },
    { id: 'agents', name: 'Agents', when: { kind: ['ai-agent'] }, entitlements: ['agent-tools:search'] },
  ],
};

function of(identityId: string, facts: readonly Fact[]): readonly Fact[] {
  return facts.map((fact) => ({ ...fact, identityId }));
}

const HIRED = '2025-01-01T09:00:00Z';

/** By id. */
export const PEOPLE: Readonly<Record<string, readonly Fact[]>> = {
  /** At work, in sales. */
  ada: of('ada', [joiner(HIRED, { department: 'Sales', email: 'ada@acme.example' })]),
  /** At work, in engineering; owns `pipeline` and `agent`. */
  bob: of('bob', [joiner(HIRED, { department: 'Engineering', email: 'bob@acme.example' })]),
  /** Left six weeks ago; owned `orphan`. */
  cy: of('cy', [joiner(HIRED, { department: 'Sales', email: 'cy@acme.example' }), leaver('2026-05-01T17:00:00Z')]),
  /** On leave for two weeks. */
  dee: of('dee', [
    joiner(HIRED, { department: 'Sales', email: 'dee@acme.example' }),
    suspension('2026-06-01T00:00:00Z'),
  ]),
  /** Leaves in two weeks, as HR has said. */
  eve: of('eve', [
    joiner(HIRED, { department: 'Sales', email: 'eve@acme.example' }),
    leaver('2026-06-30T17:00:00Z', { recorded: '2026-06-01T00:00:00Z' }),
  ]),
  /** Dated back: the departure was told three weeks late. */
  fay: of('fay', [
    joiner(HIRED, { department: 'Sales', email: 'fay@acme.example' }),
    leaver('2026-05-01T17:00:00Z', { recorded: '2026-06-14T00:00:00Z' }),
  ]),
  /** Back from a leave since five days. */
  gus: of('gus', [
    joiner(HIRED, { department: 'Sales', email: 'gus@acme.example' }),
    suspension('2026-05-01T00:00:00Z'),
    returning('2026-06-10T00:00:00Z'),
  ]),
  /** Administers the CRM, as somebody approved. */
  ivy: of('ivy', [
    joiner(HIRED, { department: 'Sales', email: 'ivy@acme.example' }),
    accessGranted('crm:admin', '2026-03-15T00:00:00Z', '2026-12-31T00:00:00Z'),
  ]),
  /** Of another company, for a time. */
  kim: of('kim', [
    joiner(HIRED, { kind: 'contractor', department: 'Sales', email: 'kim@partner.example', endsAt: '2027-01-01' }),
  ]),
  pipeline: of('pipeline', [joiner(HIRED, { kind: 'service-account', owner: 'bob', department: 'Engineering' })]),
  orphan: of('orphan', [joiner(HIRED, { kind: 'service-account', owner: 'cy' })]),
  agent: of('agent', [joiner(HIRED, { kind: 'ai-agent', owner: 'bob', endsAt: '2027-01-01' })]),
};

const OWNERS: Readonly<Record<string, string>> = { pipeline: 'bob', orphan: 'cy', agent: 'bob' };
const timelines = new Map(Object.entries(PEOPLE).map(([id, facts]): [string, Timeline] => [id, buildTimeline(facts)]));

export interface World {
  readonly memory?: ActivityMemory | undefined;
  readonly peers?: PeerMemory | undefined;
  readonly targetMemory?: ActivityMemory | undefined;
  readonly accounts?: readonly AccountRecord[] | undefined;
  readonly settings?: Partial<DetectionSettings> | undefined;
  readonly openBreakGlass?: boolean | undefined;
  readonly nowMs?: number | undefined;
}

/** By the account ids that `partyOf` gives; anybody else is known to nobody. */
function joinedTo(party: Party, atMs: number, world: World, memory: ActivityMemory | undefined): Joined {
  const clue = party.clues.find(({ by, value }) => by === 'account' && timelines.has(value));
  const timeline = timelines.get(clue?.value ?? '');
  if (clue === undefined || timeline === undefined) return { found: 'none' };
  const identityId = clue.value;
  const owner = OWNERS[identityId];
  const identity = knownIdentity({
    identityId,
    timeline,
    accounts: world.accounts ?? [],
    model: MODEL,
    owner: owner === undefined ? undefined : { identityId: owner, timeline: timelines.get(owner) as Timeline },
    memory,
    peers: world.peers,
    atMs,
    nowMs: world.nowMs ?? NOW_MS,
  });
  return { found: 'one', by: 'account', identity };
}

export function contextOf(record: ActivityRecord, world: World = {}): DetectionContext {
  return {
    actor: joinedTo(record.who, record.timeMs, world, world.memory),
    ...(record.target !== undefined && {
      target: joinedTo(record.target, record.timeMs, world, world.targetMemory ?? world.memory),
    }),
    applications: MODEL.applications,
    openBreakGlass: world.openBreakGlass ?? false,
    settings: { ...DEFAULT_DETECTION_SETTINGS, ...world.settings },
    nowMs: world.nowMs ?? NOW_MS,
  };
}

/** What one detection finds in a record. */
export function findingOf(detection: Detection, record: ActivityRecord, world: World = {}): Finding | undefined {
  return judgeRecord(record, contextOf(record, world), [detection])[0];
}

export function partyOf(id: string, applicationId = 'crm', kind: Party['kind'] = 'person'): Party {
  const clue = clueOf('account', id, applicationId);
  return { clues: clue === undefined ? [] : [clue], kind };
}

let sequence = 0;

/** A successful sign-in of Ada's to the CRM now, but for what is said otherwise. */
export function activity(
  said: Partial<ActivityRecord> & { readonly by?: string; readonly on?: string; readonly in?: string } = {},
): ActivityRecord {
  const { by = 'ada', on, in: applicationId = 'crm', ...more } = said;
  sequence += 1;
  return {
    source: 'test',
    sourceType: 'ocsf',
    recordId: `record-${sequence}`,
    timeMs: NOW_MS,
    action: 'sign-in',
    operation: 'test',
    outcome: 'success',
    who: partyOf(by, applicationId),
    ...(on !== undefined && { target: partyOf(on, applicationId) }),
    application: { applicationId },
    ocsf: { class_uid: 3002, time: NOW_MS },
    ...more,
  };
}

export function rememberAll(
  records: readonly ActivityRecord[],
  as: 'actor' | 'target' = 'actor',
): ActivityMemory | undefined {
  return records.reduce<ActivityMemory | undefined>((memory, record) => remember(memory, record, as), undefined);
}

/** Each record is one of the identity that it is listed under. */
export function rememberPeers(records: readonly (readonly [string, ActivityRecord])[]): PeerMemory | undefined {
  return records.reduce<PeerMemory | undefined>((peers, [id, record]) => rememberPeer(peers, id, record), undefined);
}

/** A memory of somebody who signed in every day for a month, by the same method from the same place. */
export function usualDays(said: Parameters<typeof activity>[0] = {}, days = 30): ActivityMemory | undefined {
  return rememberAll(
    Array.from({ length: days }, (_, day) =>
      activity({ ...said, timeMs: (said.timeMs ?? NOW_MS) - (days - day) * DAY_MS }),
    ),
  );
}

/** What a source says of a record. */
export function translateBy(type: string, raw: unknown, settings: Record<string, unknown> = {}, receivedMs = NOW_MS) {
  const source = activitySourceOf(type);
  if (source === undefined) throw new Error(`there is no source ${type}`);
  return source.translate(raw, {
    source: `${type}-1`,
    settings: source.settings.parse({ application: 'crm', ...settings }),
    receivedMs,
  });
}
