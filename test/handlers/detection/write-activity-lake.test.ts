// From a post to a row that Athena's SQL reads: through the real functions, with what is between them as lists, and the engine of
// the local cloud.
import { beforeEach, describe, expect, it } from 'vitest';
import { ACTIVITY_COLUMNS, FOUND_COLUMNS, readFound } from '../../../lambdas/core/detection/activity-lake.ts';
import { writeActivityLake } from '../../../lambdas/handlers/detection/write-activity-lake.ts';
import { packActivity, unpackActivity } from '../../../lambdas/stores/activity/activity-queue.ts';
import { askActivity } from '../../support/athena.ts';
import { joinerEvent } from '../../support/hr-events.ts';
import { memoryObjects } from '../../support/memory-objects.ts';
import { signIn, watchingWorld } from '../../support/watching.ts';

let world = watchingWorld();
let lake = memoryObjects();
const logged: string[] = [];

const write = (bodies: readonly string[], to: Pick<typeof lake, 'replace'> = lake) =>
  writeActivityLake({ lake: to, clock: () => world.nowMs, log: (message) => void logged.push(message) })({
    Records: bodies.map((body, index) => ({ messageId: `m-${index}`, body })),
  });
async function ask(sql: string) {
  const [answer] = await askActivity(lake.objects, [{ sql, parameters: [] }]);
  if (answer === undefined || 'error' in answer) throw new Error(answer?.error ?? 'no answer');
  return answer.rows.map((row) => Object.fromEntries(answer.columns.map((column, at) => [column, row[at]])));
}

beforeEach(async () => {
  world = watchingWorld();
  lake = memoryObjects();
  logged.length = 0;
  await world.hr(joinerEvent({ manager: null, email: 'ada@example.com' }, { id: 'joins', subject: 'E1001' }));
  await world.haveAccount('E1001', 'crm-1', 'ada');
});

describe('what was judged', () => {
  const user = { uid: 'crm-1', name: 'Ada' };
  const grant = (atMs: number) =>
    signIn(atMs, user, {
      class_uid: 3005,
      actor: { user },
      user: { uid: 'crm-9', type_id: 1 },
      privileges: ['admins'],
      unmapped: { action: 'grant', administrator: true },
    });

  it('is a row of its class and hour, with the columns of OCSF and the record as it came', async () => {
    const posted = signIn(world.nowMs - 60_000, user);
    await world.post([posted, grant(world.nowMs - 50_000)]);
    expect(await world.judgeWaiting()).toBe(0);
    expect(await write(world.keptMessages)).toEqual({ batchItemFailures: [] });
    expect([...lake.objects.keys()].map((key) => key.replace(/[0-9a-f]{32}/, '#'))).toEqual([
      expect.stringMatching(/^activity\/class=authentication\/loggedhour=\d{10}\/#\.parquet$/),
      expect.stringMatching(/^activity\/class=user_access\/loggedhour=\d{10}\/#\.parquet$/),
    ]);
    const rows = await ask(
      'SELECT class, time, logged_time, activity_name, status, metadata.uid AS uid, metadata.log_name AS source, actor.user.name AS who, user.uid AS whom, src_endpoint.ip AS ip, privileges, unmapped.administrator AS administrator, raw_data FROM activity ORDER BY time',
    );
    expect(rows).toMatchObject([
      {
        class: 'authentication',
        time: world.nowMs - 60_000,
        logged_time: world.nowMs,
        activity_name: 'Logon',
        status: 'Success',
        uid: posted.metadata.uid,
        source: 'crm-log',
        who: 'ada',
        ip: '203.0.113.7',
        privileges: null,
      },
      { class: 'user_access', whom: 'crm-9', privileges: ['admins'], administrator: true },
    ]);
    expect(JSON.parse(String(rows[0]?.['raw_data']))).toEqual(JSON.parse(JSON.stringify(posted)));
  });

  it('is found again as the record that it was, as far as a finding needs it', async () => {
    await world.post([{ ...grant(world.nowMs), api: { operation: 'roles.give' } }]);
    await world.judgeWaiting();
    await write(world.keptMessages);
    const selected = Object.entries(FOUND_COLUMNS).map(([name, column]) => `${column} AS ${name}`);
    const [row] = await ask(`SELECT ${selected.join(', ')} FROM activity`);
    const [queued] = unpackActivity(JSON.parse(world.keptMessages[0] ?? '')) ?? [];
    const {
      application: _withoutId,
      client: _client,
      network: _network,
      change: _change,
      interactive: _interactive,
      method: _method,
      ocsf,
      ...named
    } = queued ?? {};
    expect(readFound(row ?? {})?.record).toEqual({
      ...JSON.parse(JSON.stringify(named)),
      ocsf: { class_uid: ocsf?.class_uid, time: ocsf?.time },
    });
  });

  it('is kept once it is judged, and judged again where it cannot be kept', async () => {
    await world.post([signIn(world.nowMs, user)]);
    const keep = world.kept.send;
    world.kept.send = async () => {
      throw new Error('no queue');
    };
    expect(await world.judgeWaiting()).toBe(1);
    expect(world.keptMessages).toEqual([]);
    world.kept.send = keep;
    expect(await world.judgeWaiting()).toBe(0);
    expect(world.keptMessages).toHaveLength(1);
  });
});

describe('in the lake', () => {
  async function kept(...bodies: readonly object[]) {
    await world.post(bodies);
    await world.judgeWaiting();
    return world.keptMessages.splice(0);
  }

  it('a record that comes twice in a call is one row', async () => {
    const posted = signIn(world.nowMs, { uid: 'crm-1' });
    const messages = [...(await kept(posted)), ...(await kept(posted))];
    expect(messages).toHaveLength(2);
    await write(messages);
    expect(await ask('SELECT count(*) AS n FROM activity')).toEqual([{ n: 1 }]);
  });

  it('what was put before a call was stopped is not put twice', async () => {
    const messages = await kept(signIn(world.nowMs, { uid: 'crm-1' }), {
      ...signIn(world.nowMs, {}),
      class_uid: 6003,
      activity_id: 2,
      actor: { user: { uid: 'crm-1' } },
      api: { operation: 'read' },
    });
    let puts = 0;
    const stopping = {
      replace: async (...given: Parameters<typeof lake.replace>) => {
        puts += 1;
        if (puts === 2) throw new Error('stopped');
        return await lake.replace(...given);
      },
    };
    expect(await write(messages, stopping)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-0' }] });
    expect(logged).toEqual(['records not put into the lake']);
    expect(await write(messages)).toEqual({ batchItemFailures: [] });
    expect(await ask('SELECT count(*) AS n FROM activity')).toEqual([{ n: 2 }]);
  });

  it('a message that cannot be read takes no other with it', async () => {
    const messages = await kept(signIn(world.nowMs, { uid: 'crm-1' }));
    const answered = await write(['{', '{"activity": "AAAA"}', '{"source": "x"}', ...messages]);
    expect(answered.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['m-0', 'm-1', 'm-2']);
    expect(await ask('SELECT count(*) AS n FROM activity')).toEqual([{ n: 1 }]);
  });

  it('a member of another type than its column is left out, and takes nothing with it', async () => {
    const [queued] = unpackActivity(JSON.parse((await kept(signIn(world.nowMs, { uid: 'crm-1' })))[0] ?? '')) ?? [];
    if (queued === undefined) throw new Error('nothing is queued');
    const odd = {
      ...queued,
      recordId: 'odd',
      reads: 1.5,
      ocsf: {
        ...queued.ocsf,
        status_id: 2 ** 40,
        raw_data: { a: 1 },
        user: 'ada',
        privileges: [1, 'x'],
        severity: null,
      },
    };
    expect(await write(packActivity([queued, odd] as Parameters<typeof packActivity>[0]))).toEqual({
      batchItemFailures: [],
    });
    expect(
      await ask(
        "SELECT status_id, raw_data, user.uid AS uid, privileges, severity, unmapped.reads AS reads FROM activity WHERE metadata.uid = 'odd'",
      ),
    ).toEqual([{ status_id: null, raw_data: null, uid: null, privileges: ['x'], severity: null, reads: null }]);
  });

  it('more than one object holds are two', async () => {
    const [queued] = unpackActivity(JSON.parse((await kept(signIn(world.nowMs, { uid: 'crm-1' })))[0] ?? '')) ?? [];
    if (queued === undefined) throw new Error('nothing is queued');
    const many = (count: number) =>
      packActivity(Array.from({ length: count }, (_, index) => ({ ...queued, recordId: `r-${index}` })));
    await write(many(10_250));
    expect(lake.objects.size).toBe(2);
    expect(await ask('SELECT count(DISTINCT metadata.uid) AS n FROM activity')).toEqual([{ n: 10_250 }]);
  });

  it('has every column that its table declares', async () => {
    await write(await kept(signIn(world.nowMs, { uid: 'crm-1' })));
    const [row] = await ask('SELECT * FROM activity');
    expect(Object.keys(row ?? {})).toEqual([...Object.keys(ACTIVITY_COLUMNS), 'class', 'loggedhour']);
  });
});
