// The way of activity from a post to what follows from it, over memory: each function is the real one, and what is between
// them (a queue, a stream) is a list.

import { type DetectionPolicy, detectionSettingsSchema } from '../../lambdas/core/detection/detection-settings.ts';
import { DETECTIONS } from '../../lambdas/core/detection/detections/all.ts';
import { clueKey, cluesOfAccount } from '../../lambdas/core/detection/join.ts';
import { judgeRecord } from '../../lambdas/core/detection/judge.ts';
import { massErrorGuardSchema } from '../../lambdas/core/hr/mass-error-guard.ts';
import { answerAlerts } from '../../lambdas/handlers/detection/answer-alerts.ts';
import { judgeActivity } from '../../lambdas/handlers/detection/judge-activity.ts';
import { receiveActivity } from '../../lambdas/handlers/detection/receive-activity.ts';
import { receiveHrEvent } from '../../lambdas/handlers/hr/receive-hr-event.ts';
import { packActivity } from '../../lambdas/stores/activity/activity-queue.ts';
import type { Alert } from '../../lambdas/stores/alerts.ts';
import type { Mailing, SendMail } from '../../lambdas/stores/mailbox.ts';
import { answer, apiDependencies, SECRET, signedRequest } from './api-requests.ts';
import { memoryHolds } from './memory-holds.ts';

export const CRM_LOG = { id: 'crm-log', type: 'ocsf', settings: { application: 'crm' } };
export const AWS_LOG = { id: 'aws-log', type: 'aws-cloudtrail', settings: { application: 'aws' } };
const SOURCES = [CRM_LOG, AWS_LOG];

/** @param said of the settings, beside the defaults */
export function watchingWorld(said: object = {}) {
  const messages: string[] = [];
  const kept: string[] = [];
  const told: Alert[] = [];
  const mails: Mailing[] = [];
  const published: Readonly<Record<string, unknown>>[] = [];
  const stages: unknown[] = [];
  const logged: string[] = [];
  let ids = 0;
  const holds = memoryHolds();
  const guard = {
    settings: massErrorGuardSchema.parse({ neverHeld: 2, maximumIdentities: 2 }),
    holds,
    alert: async () => {},
  };
  const world = Object.assign(apiDependencies(), {
    holds,
    guard,
    policy: detectionSettingsSchema.parse({ learningDays: 0, ...said }) as DetectionPolicy,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    judge: (...[record, context]: Parameters<Parameters<typeof judgeActivity>[0]['judge']>) =>
      judgeRecord(record, context, DETECTIONS),
    sourceOf: (sourceId: string) => SOURCES.find(({ id }) => id === sourceId),
    secretsOf: async (sourceId: string) => (sourceId === CRM_LOG.id ? [SECRET] : undefined),
    queue: {
      send: async (records: Parameters<typeof packActivity>[0]) => {
        messages.push(...packActivity(records));
      },
    },
    kept: {
      send: async (records: Parameters<typeof packActivity>[0]) => {
        kept.push(...packActivity(records));
      },
    },
    /** What waits to be put into the lake. */
    keptMessages: kept,
    log: (message: string) => {
      logged.push(message);
    },
    bus: {
      publish: async (stage: string, event: object) => {
        stages.push({ stage, ...event });
      },
    },
    tell: async (alert: Alert) => {
      told.push(alert);
    },
    publish: async (finding: Readonly<Record<string, unknown>>) => {
      published.push(finding);
    },
    notices: { sender: 'tenure@example.com' },
    sendMail: (async (mailing) => {
      mails.push(mailing);
      return 'sent';
    }) as SendMail,
    newSecret: () => {
      ids += 1;
      return String(ids).padStart(43, 's');
    },
    decisionsUrl: 'https://tenure.example',
    mails,
    messages,
    told,
    published,
    stages,
    logged,
  });

  const post = (body: unknown, overrides: Parameters<typeof signedRequest>[1] = {}) =>
    answer(
      receiveActivity(world),
      signedRequest(body, { source: CRM_LOG.id, atMs: world.nowMs, contentType: 'application/json', ...overrides }),
    );
  /** All that waits; what fails waits again. */
  const judgeWaiting = async () => {
    const waiting = messages.splice(0);
    const Records = waiting.map((body, index) => ({ messageId: String(index), body }));
    const { batchItemFailures } = await judgeActivity(world)({ Records });
    messages.push(...batchItemFailures.map(({ itemIdentifier }) => waiting[Number(itemIdentifier)] as string));
    return batchItemFailures.length;
  };
  /** As the stream brings alerts that were written. */
  const answerWritten = async () => {
    const Records = [...world.activity.alerts.keys()].map((alertId, index) => {
      const at = alertId.lastIndexOf('~');
      const Keys = { pk: { S: alertId.slice(0, at) }, sk: { S: `ALERT#${alertId.slice(at + 1)}` } };
      return { eventName: 'INSERT' as const, dynamodb: { Keys, SequenceNumber: String(index) } };
    });
    return await answerAlerts(world)({ Records });
  };
  const hr = async (...events: readonly unknown[]) => {
    const open = { ...guard, settings: massErrorGuardSchema.parse({}) };
    const { queue: _ofActivity, ...others } = world;
    const receive = receiveHrEvent({ ...others, guard: open, sourceOf: undefined, secretsOf: async () => [SECRET] });
    return await answer(receive, signedRequest(events, { atMs: world.nowMs }));
  };
  /** An account as a connector has read it, known by its clues as note-accounts notes them. */
  const haveAccount = async (identityId: string, accountId: string, userName: string) => {
    const record = {
      applicationId: 'crm',
      account: { accountId, userName, enabled: true, grants: ['crm-users'] },
      readMs: world.nowMs,
      revision: 1,
    };
    await world.accounts.saveAccount({ identityId, account: record, audit: [] });
    await world.activity.saveClues(identityId, 'crm', cluesOfAccount(record).map(clueKey));
  };
  return Object.assign(world, { post, judgeWaiting, answerWritten, hr, haveAccount });
}

let signIns = 0;

/** A sign-in to the CRM, as OCSF 1.8 has it. */
export function signIn(atMs: number, user: object, changes: object = {}) {
  signIns += 1;
  return {
    class_uid: 3002,
    activity_id: 1,
    time: atMs,
    status_id: 1,
    metadata: { version: '1.8.0', uid: `sign-in-${signIns}`, product: { name: 'CRM', vendor_name: 'Acme' } },
    user: { type_id: 1, ...user },
    service: { name: 'crm' },
    src_endpoint: { ip: '203.0.113.7' },
    logon_type_id: 2,
    ...changes,
  };
}
