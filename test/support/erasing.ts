// All of Tenure in one process, over tables that can be searched: HR, systems, operators, the sealed log and the lake, and
// the function that erases. The tables are asked as DynamoDB is.
import { generateKeyPairSync, sign } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { vi } from 'vitest';
import { activitySourceOf } from '../../lambdas/activity-sources/registry.ts';
import type { Role } from '../../lambdas/api/roles.ts';
import type { AccessModel, Application } from '../../lambdas/core/access-model/access-model.ts';
import { verifierKey } from '../../lambdas/core/audit/tlog/note.ts';
import { type DetectionPolicy, detectionSettingsSchema } from '../../lambdas/core/detection/detection-settings.ts';
import { DETECTIONS } from '../../lambdas/core/detection/detections/all.ts';
import { judgeRecord } from '../../lambdas/core/detection/judge.ts';
import { type EraseDependencies, erasePersonalData } from '../../lambdas/handlers/audit/erase-personal-data.ts';
import { redactWith } from '../../lambdas/handlers/audit/redact-entries.ts';
import { sealLog } from '../../lambdas/handlers/audit/seal-log.ts';
import { type StreamRecord, sequenceEntries } from '../../lambdas/handlers/audit/sequence-entries.ts';
import { writeLake } from '../../lambdas/handlers/audit/write-lake.ts';
import { eraseFromLake } from '../../lambdas/handlers/detection/erase-from-lake.ts';
import { judgeActivity } from '../../lambdas/handlers/detection/judge-activity.ts';
import { noteAccounts } from '../../lambdas/handlers/detection/note-accounts.ts';
import { translateEach } from '../../lambdas/handlers/detection/translate-all.ts';
import { writeActivityLake } from '../../lambdas/handlers/detection/write-activity-lake.ts';
import { dropHold } from '../../lambdas/handlers/hr/drop-hold.ts';
import { releaseHold } from '../../lambdas/handlers/hr/release-hold.ts';
import { proposeErasure } from '../../lambdas/handlers/identity/propose-erasure.ts';
import { packActivity } from '../../lambdas/stores/activity/activity-queue.ts';
import { dynamoActivityStore } from '../../lambdas/stores/activity/dynamo-activity-store.ts';
import { ENVIRONMENT } from '../../lambdas/stores/environment.ts';
import { dynamoErasureStore } from '../../lambdas/stores/erasures/dynamo-erasure-store.ts';
import { dynamoHoldStore } from '../../lambdas/stores/holds/dynamo-hold-store.ts';
import { dynamoLogStore } from '../../lambdas/stores/log/dynamo-log-store.ts';
import { dynamoPersonStore } from '../../lambdas/stores/people/dynamo-person-store.ts';
import { dynamoRateLimitStore } from '../../lambdas/stores/rate-limits/dynamo-rate-limit-store.ts';
import { dynamoReconciliationStore } from '../../lambdas/stores/reconciliations/dynamo-reconciliation-store.ts';
import { dynamoSubjectStore } from '../../lambdas/stores/subjects/dynamo-subject-store.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import { World } from '../simulation/world.ts';
import { answer, CLAIMS, requestAs } from './api-requests.ts';
import { dynamoStores } from './dynamo-stores.ts';
import { memoryLogObjects } from './memory-log.ts';
import { memoryObjects } from './memory-objects.ts';
import { MeteredTables, TABLE_NAMES } from './metered-tables.ts';

export const START_MS = Date.parse('2026-11-23T09:00:00Z');
export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
const CHAT_LOG = 'chat-log';
const ORIGIN = 'tenure.tenure/111122223333/eu-west-1';

function application(id: string, connector: string, grant: string): Application {
  return {
    id,
    name: id,
    connector,
    owner: 'E0007',
    settings: {},
    entitlements: [{ id: grant, name: grant, grant, privileged: false }],
  };
}

export const ERASING_MODEL: AccessModel = {
  hash: 'c'.repeat(64),
  applications: [application('chat', 'suspending', 'everyone'), application('badge', 'manual', 'office')],
  profiles: [
    {
      id: 'everyone',
      name: 'Everyone',
      when: { kind: [{ exists: true }] },
      entitlements: ['chat:everyone', 'badge:office'],
    },
  ],
};

export class ErasingWorld {
  /** Requests to the tables that are answered before one fails; undefined: none does. */
  failsAfter: number | undefined;
  readonly tables = new MeteredTables(async () => this.#maybeFail());
  readonly time = new VirtualTime(START_MS);
  readonly world: World;
  readonly bucket = memoryLogObjects();
  readonly lake = memoryObjects();
  readonly activityLake = memoryObjects();
  readonly activity = dynamoActivityStore();
  readonly holds = dynamoHoldStore();
  readonly subjects = dynamoSubjectStore();
  readonly people = dynamoPersonStore();
  readonly log = dynamoLogStore();
  readonly stores = dynamoStores();
  /** What functions were called with, what people were told, what was set aside: all that leaves for another place. */
  readonly handedOn: unknown[] = [];
  readonly published: Readonly<Record<string, number>>[] = [];
  readonly vkey: string;
  readonly #privateKey;
  readonly #raw: Uint8Array;
  #told = 0;
  #ids = 0;

  constructor(model: AccessModel = ERASING_MODEL) {
    for (const [name, table] of [
      [ENVIRONMENT.identitiesTable, TABLE_NAMES.identities],
      [ENVIRONMENT.auditTable, TABLE_NAMES.audit],
      [ENVIRONMENT.rateLimitsTable, TABLE_NAMES.rateLimits],
      [ENVIRONMENT.logTable, TABLE_NAMES.log],
      [ENVIRONMENT.subjectsTable, TABLE_NAMES.subjects],
      [ENVIRONMENT.activityTable, TABLE_NAMES.activity],
      ['AWS_REGION', 'us-east-1'],
    ] as const) {
      vi.stubEnv(name, table);
    }
    this.tables.install();
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    this.#privateKey = privateKey;
    this.#raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
    this.vkey = verifierKey(ORIGIN, this.#raw);
    const { inserted } = this.tables;
    const isAnythingDue = (nowMs: number) => this.tables.isAnythingDue(nowMs);
    this.world = new World({
      model,
      retryPolicy: { maximumPasses: 8, firstWaitSeconds: 5, maximumWaitSeconds: 300, afterEscalationSeconds: 1_800 },
      stores: { ...this.stores, inserted, isAnythingDue },
      holds: this.holds,
      reconciliations: dynamoReconciliationStore(),
      rateLimits: dynamoRateLimitStore(),
      onInvoked: (name, payload) => void this.handedOn.push({ name, payload: structuredClone(payload) }),
      onExecution: (name, execution) => void this.handedOn.push({ name, execution: structuredClone(execution) }),
    });
  }

  end(): void {
    this.tables.uninstall();
    this.time.uninstall();
    vi.unstubAllEnvs();
  }

  /** Lets time pass, in which a sweep looks around each minute for the first hour. */
  async wait(durationMs: number): Promise<void> {
    await this.time.runUntil(this.time.nowMs + durationMs);
  }

  #maybeFail(): void {
    if (this.failsAfter === undefined) return;
    this.failsAfter -= 1;
    if (this.failsAfter >= 0) return;
    this.failsAfter = undefined;
    throw new Error('the function was stopped');
  }

  /** What it comes to, for which time must move. */
  async settled<Answer>(run: Promise<Answer>): Promise<Answer> {
    let outcome: { readonly answer: Answer } | { readonly error: unknown } | undefined;
    run.then(
      (answered) => {
        outcome = { answer: answered };
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    for (let seconds = 0; outcome === undefined && seconds < 600; seconds += 1) await this.wait(1_000);
    if (outcome === undefined) throw new Error('nothing came of it within ten minutes');
    if ('error' in outcome) throw outcome.error;
    return outcome.answer;
  }

  async post(...events: readonly object[]): Promise<number | undefined> {
    const status = await this.settled(this.world.post('acme-hr', events));
    await this.wait(5 * 60_000);
    return status;
  }

  dependencies() {
    return {
      ...this.stores,
      holds: this.holds,
      subjects: this.subjects,
      reconciliations: dynamoReconciliationStore(),
      clock: Date.now,
      newId: () => {
        this.#ids += 1;
        return `id-${this.#ids}`;
      },
      model: () => this.world.model,
      claims: CLAIMS,
      pause: async () => {},
      erasure: { delayDays: 7 },
    };
  }

  propose(identityId: string, roles: readonly Role[] = ['hr'], by = 'E0900') {
    const sent = requestAs(roles, by, { pathParameters: { id: identityId } });
    return this.settled(answer(proposeErasure(this.dependencies()), sent));
  }

  decide(holdId: string, decided: 'release' | 'drop', { by = 'E0999', reason = 'it was asked for' } = {}) {
    const body = Buffer.from(JSON.stringify({ reason }));
    const sent = requestAs(['security'], by, { pathParameters: { id: holdId }, body });
    const guard = {
      settings: this.world.faithfulDependencies({ name: '', act: async (_, e) => e(), clock: Date.now }).guard.settings,
      holds: this.holds,
    };
    const handle =
      decided === 'release' ? releaseHold({ ...this.dependencies(), guard }) : dropHold(this.dependencies());
    return this.settled(answer(handle, sent));
  }

  /** Proposed, agreed to, and its delay over. */
  async agree(identityId: string): Promise<string> {
    const { body } = await this.propose(identityId);
    const { holdId } = body as { readonly holdId: string };
    await this.decide(holdId, 'release');
    await this.wait(7 * DAY_MS);
    return holdId;
  }

  /** What an application tells of how it is used, from its post to the lake. Accounts are known by what they are called. */
  async tell(records: readonly object[]): Promise<void> {
    const identities = this.tables.everything().filter(([, { sk }]) => String(sk).startsWith('ACCOUNT#'));
    const keys = identities.map(([, { pk, sk }]) => ({
      eventName: 'INSERT' as const,
      dynamodb: { Keys: marshall({ pk, sk }) },
    }));
    await this.settled(
      noteAccounts({ ...this.stores, activity: this.activity })({ Records: keys as DynamoDBRecord[] }),
    );
    const source = activitySourceOf('ocsf');
    if (source === undefined) throw new Error('there is no such source');
    const deployed = { id: CHAT_LOG, type: 'ocsf', settings: { application: 'chat' } };
    const translated = translateEach(source, deployed, records, Date.now());
    if (translated.refused.length > 0) throw new Error(JSON.stringify(translated.refused));
    const kept: string[] = [];
    const judge = judgeActivity({
      ...this.dependencies(),
      activity: this.activity,
      policy: detectionSettingsSchema.parse({}) as DetectionPolicy,
      judge: (record, context) => judgeRecord(record, context, DETECTIONS),
      sourceOf: () => deployed,
      kept: { send: async (judged) => void kept.push(...packActivity(judged)) },
      log: (message) => refuse(message, new Error(message)),
    });
    const messages = (bodies: readonly string[]) => ({
      Records: bodies.map((body, index) => ({ messageId: `${Date.now()}-${index}`, body })),
    });
    await this.settled(judge(messages(packActivity(translated.records))));
    const write = writeActivityLake({
      lake: this.activityLake,
      clock: Date.now,
      log: (message) => refuse(message, new Error(message)),
    });
    await this.settled(write(messages(kept)));
  }

  eraseFromLake() {
    const dependencies = {
      lake: this.activityLake,
      erasures: dynamoErasureStore(),
      activity: this.activity,
      retentionDays: 90,
      sources: [CHAT_LOG],
      clock: Date.now,
      log: (message: string) => refuse(message, new Error(message)),
    };
    return this.settled(eraseFromLake(dependencies)());
  }

  /** As the clocks of both functions have it: the lake of activity is looked through before the next run. */
  async erase(overrides: Partial<EraseDependencies> = {}) {
    const erased = await this.erasePersonalData(overrides);
    await this.eraseFromLake();
    return erased;
  }

  erasePersonalData(overrides: Partial<EraseDependencies> = {}) {
    const dependencies: EraseDependencies = {
      ...this.dependencies(),
      erasures: dynamoErasureStore(),
      log: this.log,
      evidenceFiles: { eraseOf: async () => true },
      sources: ['acme-hr'],
      kept: { logRetentionDays: 365 },
      ...overrides,
    };
    return this.settled(erasePersonalData(dependencies)());
  }

  /** The stream of the audit table is read to its end, and what came is sealed and brought into the lake. */
  async seal(): Promise<void> {
    const Records = this.tables.audited.slice(this.#told).map(({ eventName, item }, index) => ({
      eventName,
      dynamodb: {
        SequenceNumber: String(this.#told + index + 1),
        Keys: marshall({ pk: item['pk'], sk: item['sk'] }),
        ...(eventName !== 'REMOVE' && { NewImage: marshall(item, { removeUndefinedValues: true }) }),
      },
    })) as StreamRecord[];
    this.#told = this.tables.audited.length;
    await this.settled(this.sequence(Records));
    const objects = this.bucket;
    const signer = {
      publicKey: async () => this.#raw,
      sign: async (message: Uint8Array) => new Uint8Array(sign(null, message, this.#privateKey)),
    };
    const publish = (measured: Readonly<Record<string, number>>) => void this.published.push(measured);
    const { log } = this;
    const signing = { signers: [signer], retiredKeys: 0, origin: ORIGIN };
    await this.settled(sealLog({ log, objects, ...signing, publish, clock: Date.now })());
    const place = { region: 'eu-west-1', accountId: '111122223333' };
    await this.settled(writeLake({ log: objects, lake: this.lake, place, publish: () => {}, clock: Date.now })());
  }

  sequence(Records: readonly StreamRecord[]) {
    return sequenceEntries({
      log: this.log,
      objects: this.bucket,
      redact: redactWith({ subjects: this.subjects, facts: this.stores.facts, log: this.log, warn: refuse }),
      subjects: this.subjects,
      wakeSealing: async () => {},
      setAside: async (refused) => void this.handedOn.push(refused),
      publish: (measured) => void this.published.push(measured),
      clock: Date.now,
      warn: refuse,
    })({ Records });
  }

  /** Signs of somebody having altered what is never altered. */
  get tampered(): number {
    return this.published.reduce((sum, { tampered = 0 }) => sum + tampered, 0);
  }
}

function refuse(_: string, error: unknown): void {
  throw error;
}
