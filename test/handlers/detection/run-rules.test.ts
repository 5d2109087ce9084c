// The deployment's own rules, as they are compiled in access-model/sigma, over records that real functions took, judged and put
// into the lake: on which they must fire and must not, and what follows. The engine is the local cloud's.
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { activitySourceOf } from '../../../lambdas/activity-sources/registry.ts';
import { FOUND_COLUMNS } from '../../../lambdas/core/detection/activity-lake.ts';
import { MAXIMUM_FOUND, type SigmaRule } from '../../../lambdas/core/detection/sigma-rule.ts';
import { runRules } from '../../../lambdas/handlers/detection/run-rules.ts';
import { translateEach } from '../../../lambdas/handlers/detection/translate-all.ts';
import { writeActivityLake } from '../../../lambdas/handlers/detection/write-activity-lake.ts';
import { packActivity, unpackActivity } from '../../../lambdas/stores/activity/activity-queue.ts';
import { AthenaQueryError } from '../../../lambdas/stores/lake/athena-query.ts';
import type { RuleRun } from '../../../lambdas/stores/lake/rule-metrics.ts';
import { loadSigmaRules } from '../../../lib/sigma/sigma-rules.ts';
import { askActivity } from '../../support/athena.ts';
import { joinerEvent } from '../../support/hr-events.ts';
import { memoryObjects } from '../../support/memory-objects.ts';
import { signIn, watchingWorld } from '../../support/watching.ts';

const MODEL = join(import.meta.dirname, '..', '..', '..', 'access-model');
const RULES = loadSigmaRules(MODEL);
const MINUTE_MS = 60_000;
const OUTSIDE = '198.51.100.7';

let world = watchingWorld();
let lake = memoryObjects();
let published: RuleRun[] = [];
let writes = 0;

beforeEach(async () => {
  world = watchingWorld();
  lake = memoryObjects();
  published = [];
  await world.hr(joinerEvent({ manager: null, email: 'ada@example.com' }, { id: 'joins', subject: 'E1001' }));
  await world.haveAccount('E1001', 'crm-1', 'ada');
});

/** Judged, and in the lake. */
async function arrive() {
  world.nowMs += MINUTE_MS;
  expect(await world.judgeWaiting()).toBe(0);
  const messages = world.keptMessages.splice(0);
  writes += 1;
  const Records = messages.map((body, index) => ({ messageId: `${writes}-${index}`, body }));
  const write = writeActivityLake({ lake, clock: () => world.nowMs, log: () => {} });
  expect(await write({ Records })).toEqual({ batchItemFailures: [] });
}
async function ask(sql: string, parameters: readonly string[], maximumRows: number) {
  const [answer] = await askActivity(lake.objects, [{ sql, parameters }]);
  if (answer === undefined || 'error' in answer) throw new AthenaQueryError(answer?.error ?? 'no answer');
  const rows = answer.rows as readonly (readonly (string | number | boolean | null)[])[];
  return {
    columns: answer.columns,
    rows: rows.slice(0, maximumRows),
    cut: rows.length > maximumRows,
    bytesScanned: 0,
  };
}
const run = (rules: readonly SigmaRule[] = RULES, asked = ask) =>
  runRules({ ...world, rules, ask: asked, publish: (one) => void published.push(one) })();
const alerts = () => [...world.activity.alerts.values()].filter(({ detection }) => detection.startsWith('sigma-'));

const read = (uid: string, changes: object = {}) => ({
  ...signIn(world.nowMs, { uid: 'crm-1', type_id: 1 }),
  class_uid: 6003,
  activity_id: 2,
  metadata: { version: '1.8.0', uid, product: { name: 'CRM', vendor_name: 'Acme' } },
  actor: { user: { uid: 'crm-1', name: 'ada', type_id: 1 } },
  api: { operation: 'records.export' },
  src_endpoint: { ip: OUTSIDE },
  http_request: { user_agent: 'python-requests/2.34.2' },
  ...changes,
});

/** As its source has it, from the events in their own words to the queue. */
function told(type: string, settings: object, events: readonly object[]) {
  const source = activitySourceOf(type);
  if (source === undefined) throw new Error(`there is no ${type}`);
  const { records, refused } = translateEach(
    source,
    { id: `${type}-log`, type, settings: { ...settings } },
    events,
    world.nowMs,
  );
  expect(refused).toEqual([]);
  world.messages.push(...packActivity(records));
}

const foundBy = (rule: string) =>
  alerts()
    .filter(({ detection }) => detection === rule)
    .flatMap(({ records }) => records.map(({ recordId }) => recordId))
    .sort();

describe('the rules of the access model', () => {
  it('read-by-script: fires on a person who reads by script from outside, and on nothing else', async () => {
    await world.post([
      read('by-script'),
      read('by-curl', { http_request: { user_agent: 'CURL/8.1' } }),
      read('in-a-browser', { http_request: { user_agent: 'Mozilla/5.0 curl/8' } }),
      read('without-a-client', { http_request: undefined }),
      read('from-the-office', { src_endpoint: { ip: '203.0.113.9' } }),
      read('from-nowhere', { src_endpoint: undefined }),
      read('failed', { status_id: 2 }),
      read('by-a-service', { actor: { user: { uid: 'crm-1', type_id: 4 } } }),
      read('written', { activity_id: 3, unmapped: { action: 'use' } }),
    ]);
    await arrive();
    expect(await run()).toMatchObject({ run: 3, failed: 0, cut: 0, findings: 3 });
    expect(foundBy('sigma-read-by-script')).toEqual(['by-curl', 'by-script', 'from-nowhere']);
    expect(alerts()).toMatchObject([
      {
        subjectId: 'E1001',
        title: 'A person_s account read by script from outside',
        severity: 'medium',
        response: 'alert',
        runbook: 'rule-of-your-own',
        count: 3,
        status: 'open',
      },
    ]);
    expect(published).toEqual([{ run: 3, failed: 0, cut: 0, findings: 3 }]);
  });

  it('cloudtrail-stopped: fires on who stopped it, not on who was denied, nor on the pipeline', async () => {
    const event = (eventID: string, eventName: string, changes: object = {}) => ({
      eventVersion: '1.09',
      eventID,
      eventName,
      eventSource: 'cloudtrail.amazonaws.com',
      eventTime: new Date(world.nowMs).toISOString(),
      awsRegion: 'eu-west-1',
      sourceIPAddress: OUTSIDE,
      userIdentity: {
        type: 'IAMUser',
        principalId: 'AIDA1',
        arn: 'arn:aws:iam::1:user/ada',
        userName: 'ada',
        accountId: '1',
      },
      ...changes,
    });
    const pipeline = { type: 'AssumedRole', principalId: 'AROA1:x', arn: 'arn:aws:sts::1:assumed-role/Landing-Zone/x' };
    told('aws-cloudtrail', { application: 'aws' }, [
      event('stopped', 'StopLogging'),
      event('deleted', 'DeleteTrail'),
      event('denied', 'StopLogging', { errorCode: 'AccessDenied' }),
      event('started', 'StartLogging'),
      event('elsewhere', 'StopLogging', { eventSource: 'logs.amazonaws.com' }),
      event('pipeline', 'StopLogging', { userIdentity: pipeline }),
    ]);
    await arrive();
    expect(await run()).toMatchObject({ failed: 0, findings: 2 });
    expect(foundBy('sigma-cloudtrail-stopped')).toEqual(['deleted', 'stopped']);
  });

  it('okta-policy-removed: fires on what came about, and on no other system', async () => {
    const event = (uuid: string, eventType: string, result = 'SUCCESS') => ({
      uuid,
      published: new Date(world.nowMs).toISOString(),
      eventType,
      version: '0',
      severity: 'WARN',
      actor: { id: '00u1', type: 'User', alternateId: 'ada@example.com', displayName: 'Ada' },
      outcome: { result },
      target: [],
    });
    told('okta', { application: 'directory' }, [
      event('removed', 'policy.lifecycle.delete'),
      event('rule-off', 'policy.rule.deactivate'),
      event('in-vain', 'policy.rule.delete', 'FAILURE'),
      event('changed', 'policy.lifecycle.update'),
    ]);
    await world.post([read('posted', { api: { operation: 'policy.rule.delete' }, outcome: { result: 'SUCCESS' } })]);
    await arrive();
    expect((await run()).failed).toBe(0);
    expect(foundBy('sigma-okta-policy-removed')).toEqual(['removed', 'rule-off']);
  });
});

describe('a run', () => {
  const rule = RULES.find(({ id }) => id === 'sigma-read-by-script') as SigmaRule;

  it('counts each record once, however often its window has it, or the lake', async () => {
    await world.post([read('one'), read('two')]);
    await arrive();
    await run([rule]);
    // The overlap of the next window has both once more, and one was put into the lake twice.
    await world.post([read('one'), read('three')]);
    await arrive();
    expect(await run([rule])).toMatchObject({ findings: 1 });
    world.nowMs += 20 * MINUTE_MS;
    expect(await run([rule])).toMatchObject({ findings: 0 });
    expect(alerts()).toMatchObject([{ count: 3, raised: 1 }]);
  });

  it('finds what comes late, as of when it happened', async () => {
    await run([rule]);
    world.nowMs += 60 * MINUTE_MS;
    await world.post([read('late', { time: world.nowMs - 40 * 24 * 60 * MINUTE_MS })]);
    await arrive();
    expect(await run([rule])).toMatchObject({ findings: 1 });
    expect(alerts()).toMatchObject([{ firstMs: world.nowMs - MINUTE_MS - 40 * 24 * 60 * MINUTE_MS }]);
  });

  it('does not count records as activity once more', async () => {
    await world.post([read('one', { actor: { user: { uid: 'nobody', type_id: 1 } } })]);
    await arrive();
    const before = JSON.stringify([
      [...world.activity.memories],
      await world.activity.listUnknown({ source: 'crm-log', limit: 9 }),
    ]);
    await run([rule]);
    expect(
      JSON.stringify([[...world.activity.memories], await world.activity.listUnknown({ source: 'crm-log', limit: 9 })]),
    ).toBe(before);
    expect(alerts()).toMatchObject([{ subjectId: '~crm-log', count: 1 }]);
  });

  it('leaves what failed to the next one, and says how many, without what Athena said', async () => {
    await world.post([read('one')]);
    await arrive();
    const failing = async (...asked: Parameters<typeof ask>) => {
      if (asked[0] === rule.sql) throw new AthenaQueryError("the query failed: Cannot cast 'ada@example.com'");
      return await ask(...asked);
    };
    const others = RULES.slice(0, 1);
    expect(await run([...others, rule], failing)).toEqual({ run: 1, failed: 1, cut: 0, findings: 0 });
    expect(published).toMatchObject([{ failed: 1 }]);
    expect(world.logged).toEqual(['a rule was not run']);
    expect(await run([rule])).toMatchObject({ run: 1, failed: 0, findings: 1 });
  });

  it('leaves what could not be judged to the next one', async () => {
    await world.post([read('one')]);
    await arrive();
    const save = world.activity.saveAlert;
    Object.assign(world.activity, { saveAlert: async () => Promise.reject(new Error('throttled')) });
    expect(await run([rule])).toMatchObject({ failed: 1 });
    Object.assign(world.activity, { saveAlert: save });
    expect(await run([rule])).toMatchObject({ failed: 0, findings: 1 });
  });

  it('takes as much as it takes beside what it had, and says that there was more', async () => {
    const row = await rowTemplate();
    const rowsOf = (name: string, count: number) => Array.from({ length: count }, (_, at) => row(`${name}-${at}`));
    const first = rowsOf('r', MAXIMUM_FOUND);
    expect(await run([rule], answering(first))).toMatchObject({ cut: 0, findings: MAXIMUM_FOUND });
    const more = [...first, ...rowsOf('s', MAXIMUM_FOUND + 1)];
    expect(await run([rule], answering(more))).toMatchObject({ cut: 1, findings: MAXIMUM_FOUND });
    expect(published.map(({ cut }) => cut)).toEqual([0, 1]);
    expect(world.logged).toContain('a rule found more than is taken');
  });

  it('reads past a row that is none, says so, and goes on', async () => {
    const row = await rowTemplate();
    const rows = [row('one'), row('odd', '{'), row('none', '{}'), row('two')];
    expect(await run([rule], answering(rows))).toMatchObject({ run: 1, failed: 1, findings: 2 });
    expect(world.logged).toEqual(['rows cannot be read']);
    expect(await world.activity.readCursor(`~${rule.id}`)).toMatchObject({ cursor: { untilMs: world.nowMs } });
  });

  /** A row as the query answers it, by the id of its record. */
  async function rowTemplate() {
    await world.post([read('template')]);
    const [queued] = unpackActivity(JSON.parse(world.messages.splice(0)[0] ?? '')) ?? [];
    if (queued === undefined) throw new Error('nothing is queued');
    const { timeMs, ocsf, source, sourceType, operation, action, outcome, who } = queued;
    return (recordId: string, parties = JSON.stringify({ who })) => [
      timeMs,
      world.nowMs,
      ocsf.class_uid,
      source,
      sourceType,
      recordId,
      operation,
      action,
      outcome,
      'crm',
      parties,
    ];
  }

  const answering = (rows: (string | number)[][]) => async () => ({
    columns: Object.keys(FOUND_COLUMNS),
    rows,
    cut: false,
    bytesScanned: 0,
  });

  it('is answered by policy, told once, and told to nobody who does not want to hear of it', async () => {
    await world.post([read('one')]);
    await arrive();
    await run([rule]);
    await world.answerWritten();
    expect(world.told).toHaveLength(1);
    expect(world.told[0]?.message).toMatch(/^Runbook: docs\/runbook\/rule-of-your-own\.md$/m);
    expect(world.published).toMatchObject([{ class_uid: 2004, finding_info: { analytic: { uid: rule.id } } }]);
    const [alert] = alerts();
    if (alert === undefined) throw new Error('nothing was found');
    const mute = { muteId: 'm', detection: rule.id, by: 'op', reason: 'known', sinceMs: 0, untilMs: world.nowMs + 1e9 };
    await world.activity.saveAlert({ ...alert, revision: alert.revision + 1 }, [], mute);
    world.nowMs += 24 * 60 * MINUTE_MS;
    await world.post([read('tomorrow')]);
    await arrive();
    await run([rule]);
    await world.answerWritten();
    expect(alerts().map(({ status }) => status)).toEqual(['open', 'muted']);
    expect(world.told).toHaveLength(1);
  });
});
