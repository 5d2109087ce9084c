// Each named query over a few entries, with the answer worked out by hand, on the engine of the local cloud.
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../lambdas/core/audit/log-entry.ts';
import { executionParameters, readQuery } from '../../../lambdas/core/audit/queries/named-query.ts';
import { findQuery, namedQueries } from '../../../lib/audit-queries/named-queries.ts';
import { askAthena } from '../../support/athena.ts';
import { logEntry, pseudonym } from '../../support/log-entries.ts';

const START_MS = Date.UTC(2026, 10, 1, 8);
const NOW_MS = Date.UTC(2026, 10, 28, 17);
const MINUTE_MS = 60_000;
const DAY = 24 * 60;
const BIRTHRIGHT = '[{"profile":"engineers","type":"birthright"}]';

/** So many minutes after the 1st of November, 8 o'clock. */
const ms = (minute: number) => START_MS + minute * MINUTE_MS;
const iso = (minute: number) => new Date(ms(minute)).toISOString();

function told(minute: number, who: string, event: LogEntry['event'], more: Partial<LogEntry> = {}): LogEntry {
  return logEntry({ at: iso(minute), subject: { kind: 'identity', id: pseudonym(who) }, event, ...more });
}

const REASONS = [{ type: 'birthright', profile: 'engineers' }];
const grant = (name: string, privileged = false) => ({
  action: 'grant',
  grant: name,
  entitlement: `${name}-entitlement`,
  privileged,
  reasons: REASONS,
});
const revoke = (name: string) => ({
  action: 'revoke',
  grant: name,
  entitlement: `${name}-entitlement`,
  privileged: false,
});

const changed = (minute: number, who: string, applicationId: string, step: object) =>
  told(minute, who, { type: 'access-changed', applicationId, callId: 'c', step });
const intended = (minute: number, who: string, applicationId: string, ...steps: object[]) =>
  told(minute, who, { type: 'access-intended', applicationId, callId: 'c', steps });
/** Undefined: the system says that there is no such account. */
const looked = (
  minute: number,
  who: string,
  applicationId: string,
  grants: readonly string[] | undefined,
  enabled = true,
) =>
  told(minute, who, {
    type: 'access-read-back',
    applicationId,
    callId: 'c',
    answered: true,
    ...(grants && { observed: { enabled, grants } }),
  });
/** The system did not answer: at most it is told what was known before. */
const notRead = (minute: number, who: string, applicationId: string, known?: readonly string[]) =>
  told(minute, who, {
    type: 'access-read-back',
    applicationId,
    callId: 'c',
    ...(known && { observed: { enabled: false, grants: known } }),
  });
const fact = (minute: number, who: string, factType: string) => told(minute, who, { type: 'fact-recorded', factType });
const fenced = (minute: number, who: string) => told(minute, who, { type: 'work-fenced-off', epoch: 2 });
const byOperator = (name: string): Partial<LogEntry> => ({ actor: { type: 'operator', id: pseudonym(name) } });

type Row = Readonly<Record<string, unknown>>;

async function ask(
  name: string,
  entries: readonly LogEntry[],
  given: Readonly<Record<string, string>> = {},
): Promise<readonly Row[]> {
  const query = findQuery(name);
  const [answer] = await askAthena(entries, [
    { sql: query.sql, parameters: executionParameters(query, given, NOW_MS) },
  ]);
  if (answer === undefined || 'error' in answer) throw new Error(answer?.error ?? 'no answer');
  return answer.rows.map((row) => Object.fromEntries(answer.columns.map((column, at) => [column, row[at]])));
}

const [ADA, BOB, EVE] = ['ada', 'bob', 'eve'].map(pseudonym) as [string, string, string];

describe('access-at', () => {
  const entries = [
    changed(0, 'ada', 'github', grant('admins', true)),
    changed(1, 'ada', 'github', grant('developers')),
    looked(2, 'ada', 'github', ['admins', 'developers']),
    // Somebody took developers away past Tenure, and the system showed it.
    looked(10, 'ada', 'github', ['admins']),
    // Given, and the system did not answer afterwards.
    changed(3, 'bob', 'github', grant('developers')),
    notRead(4, 'bob', 'github'),
    // Gone with its account.
    changed(5, 'eve', 'github', grant('developers')),
    looked(6, 'eve', 'github', ['developers']),
    looked(20, 'eve', 'github', undefined),
    changed(0, 'ada', 'slack', grant('guests')),
  ];

  it('tells who holds what, why, and what that rests on', async () => {
    const rows = await ask('access-at', entries, { application: 'github' });
    expect(rows.map((row) => [row['subject'], row['grant_name'], row['privileged'], row['basis']])).toEqual([
      [ADA, '(account)', null, 'read back'],
      [ADA, 'admins', true, 'read back'],
      [BOB, 'developers', false, 'granted, not read back since'],
    ]);
    expect(rows[1]).toMatchObject({
      entitlement: 'admins-entitlement',
      account_enabled: true,
      granted_at_ms: ms(0),
      reasons: BIRTHRIGHT,
      correlation: 'wd-1',
    });
  });

  it('tells what was held then, not what is held now', async () => {
    const rows = await ask('access-at', entries, { application: 'github', at: iso(7) });
    expect(rows.map((row) => `${row['subject']} ${row['grant_name']}`)).toEqual([
      `${ADA} (account)`,
      `${ADA} admins`,
      `${ADA} developers`,
      `${BOB} developers`,
      `${EVE} (account)`,
      `${EVE} developers`,
    ]);
  });

  it('does not take a revoke that nobody saw come about for the end of access', async () => {
    const unseen = [...entries, changed(30, 'ada', 'github', revoke('admins')), notRead(31, 'ada', 'github', [])];
    const find = async (log: readonly LogEntry[]) =>
      (await ask('access-at', log, { application: 'github' })).find((row) => row['grant_name'] === 'admins')?.['basis'];
    expect(await find(unseen)).toBe('revoked, not read back since');
    expect(await find([...unseen, looked(40, 'ada', 'github', [])])).toBeUndefined();
  });

  it('tells of a disabled account that it is', async () => {
    const rows = await ask('access-at', [looked(0, 'ada', 'github', ['admins'], false)], { application: 'github' });
    expect(rows.map((row) => [row['grant_name'], row['account_enabled']])).toEqual([
      ['(account)', false],
      ['admins', false],
    ]);
  });

  it('counts what was asked for by hand once somebody attested it', async () => {
    const task = told(0, 'ada', { type: 'task-opened', applicationId: 'badges', steps: [grant('door')] });
    const attested = told(5, 'ada', { type: 'fact-recorded', factType: 'task-attested', applicationId: 'badges' });
    const undo = told(6, 'ada', { type: 'task-opened', applicationId: 'badges', steps: [revoke('door')] });
    const undone = told(9, 'ada', { type: 'fact-recorded', factType: 'task-attested', applicationId: 'badges' });
    const basis = async (...log: LogEntry[]) =>
      (await ask('access-at', log, { application: 'badges' })).map((row) => [row['grant_name'], row['basis']]);
    expect(await basis(task)).toEqual([]);
    expect(await basis(task, attested)).toEqual([['door', 'attested']]);
    expect(await basis(task, attested, undo)).toEqual([['door', 'attested']]);
    expect(await basis(task, attested, undo, undone)).toEqual([]);
  });

  it('takes a text for a text, whatever it is', async () => {
    for (const application of ["x' OR '1'='1", "'; DROP TABLE events; --", '*', '?', 'a\\', '%'])
      expect(await ask('access-at', entries, { application })).toEqual([]);
    const odd = "o'neill";
    const rows = await ask('access-at', [looked(0, 'ada', odd, ['x'])], { application: odd });
    expect(rows).toHaveLength(2);
  });
});

describe('identity-history', () => {
  it('tells all about somebody and all that they did, in the order of the log', async () => {
    const entries = [
      told(0, 'ada', { type: 'fact-recorded', factType: 'joiner' }),
      intended(1, 'ada', 'github', { action: 'create-account' }, grant('admins')),
      told(2, 'bob', { type: 'converged', openTasks: 0 }),
      told(3, 'bob', { type: 'fact-recorded', factType: 'hold-released' }, byOperator('ada')),
      looked(4, 'ada', 'github', ['admins', 'developers']),
      looked(5 * DAY, 'ada', 'github', []),
    ];
    const rows = await ask('identity-history', entries, { identity: ADA, until: iso(10) });
    expect(rows.map((row) => [row['log_index'], row['step'], row['event'], row['grants_seen']])).toEqual([
      [0, 0, 'fact-recorded', null],
      [1, 0, 'access-intended', null],
      [1, 1, 'access-intended', null],
      [3, 0, 'fact-recorded', null],
      [4, 0, 'access-read-back', 'admins, developers'],
    ]);
    expect(rows[3]).toMatchObject({ subject: BOB, actor: ADA, fact_type: 'hold-released' });
  });
});

describe('leavers-time-to-revoke', () => {
  it('measures from the later of acceptance and effect until each system let go', async () => {
    const entries = [
      fact(0, 'ada', 'joiner'),
      intended(1, 'ada', 'github', grant('admins')),
      changed(1, 'ada', 'github', grant('admins')),
      fact(100, 'ada', 'leaver'),
      // By a clock that came half a minute late.
      told(200.5, 'ada', { type: 'took-effect', instant: iso(200) }),
      fenced(201, 'ada'),
      changed(202, 'ada', 'github', { action: 'disable-account' }),
      changed(203, 'ada', 'github', { action: 'end-sessions' }),
      changed(204, 'ada', 'github', revoke('admins')),
      // Tried in vain.
      intended(205, 'ada', 'slack', { action: 'disable-account' }),
      // The same leaver once more: no second departure.
      fenced(206, 'ada'),
      told(210, 'ada', { type: 'removal-proven', applications: ['github', 'slack'] }),
      // Hired again, and something was taken away: that is no part of the departure.
      fact(300, 'ada', 'joiner'),
      intended(301, 'ada', 'github', { action: 'enable-account' }),
      changed(302, 'ada', 'github', revoke('admins')),
      // And leaves again.
      // HR was answered half a minute before it was on record.
      told(400, 'ada', { type: 'fact-recorded', factType: 'leaver', receivedAt: iso(399.5) }),
      fenced(401, 'ada'),
      changed(402, 'ada', 'github', { action: 'disable-account' }),
    ];
    const rows = await ask('leavers-time-to-revoke', entries);
    expect(rows).toEqual([
      {
        subject: ADA,
        left_at_ms: ms(200),
        application: 'github',
        disabled_seconds: 120,
        last_grant_removed_seconds: 240,
        proven_seconds: 600,
      },
      {
        subject: ADA,
        left_at_ms: ms(200),
        application: 'slack',
        disabled_seconds: null,
        last_grant_removed_seconds: null,
        proven_seconds: 600,
      },
      {
        subject: ADA,
        left_at_ms: ms(399.5),
        application: 'github',
        disabled_seconds: 150,
        last_grant_removed_seconds: null,
        proven_seconds: null,
      },
    ]);
    expect(await ask('leavers-time-to-revoke', entries, { since: iso(201) })).toEqual(rows.slice(2));
  });

  it('tells of no departure where there was none', async () => {
    expect(
      await ask('leavers-time-to-revoke', [changed(0, 'ada', 'github', revoke('x')), fact(1, 'ada', 'mover')]),
    ).toEqual([]);
  });
});

describe('movers-kept-privileged', () => {
  it('tells what a mover had before and has still', async () => {
    const entries = [
      changed(0, 'ada', 'github', grant('admins', true)),
      changed(0, 'ada', 'github', grant('developers')),
      changed(0, 'ada', 'aws', grant('billing', true)),
      changed(0, 'ada', 'okta', grant('owners', true)),
      looked(1, 'ada', 'github', ['admins', 'developers']),
      looked(1, 'ada', 'okta', ['owners']),
      fact(10, 'ada', 'mover'),
      changed(11, 'ada', 'aws', revoke('billing')),
      looked(12, 'ada', 'github', ['admins', 'developers']),
      // Shown to be gone.
      looked(12, 'ada', 'okta', []),
      // By the move.
      changed(13, 'ada', 'jira', grant('project-admins', true)),
      // Did not move.
      changed(0, 'bob', 'github', grant('admins', true)),
    ];
    const rows = await ask('movers-kept-privileged', entries);
    expect(rows.map((row) => [row['subject'], row['application'], row['grant_name'], row['basis']])).toEqual([
      [ADA, 'github', 'admins', 'read back'],
    ]);
    expect(rows[0]).toMatchObject({ moved_at_ms: ms(10), granted_at_ms: ms(0), reasons: BIRTHRIGHT });
    expect(await ask('movers-kept-privileged', entries, { since: iso(11) })).toEqual([]);
  });
});

describe('approvals', () => {
  it('tells who decided what', async () => {
    const entries = [
      told(
        0,
        'github',
        { type: 'reconciliation-decided', applicationId: 'github', answer: 'repair' },
        {
          subject: { kind: 'application', id: 'github' },
          ...byOperator('olga'),
        },
      ),
      told(1, 'ada', { type: 'fact-recorded', factType: 'hold-released', holdId: 'h' }, byOperator('otto')),
      told(2, 'ada', { type: 'fact-recorded', factType: 'joiner' }, { actor: { type: 'hr-source', id: 'workday' } }),
      told(3, 'ada', { type: 'converged', openTasks: 0 }, byOperator('olga')),
      told(
        4,
        'h',
        { type: 'hold-decided', holdId: 'h', decision: 'drop' },
        { subject: { kind: 'hold', id: 'h' }, ...byOperator('olga') },
      ),
    ];
    const rows = await ask('approvals', entries);
    expect(rows.map((row) => [row['approver'], row['what'], row['decision'], row['application'], row['hold']])).toEqual(
      [
        [pseudonym('olga'), 'reconciliation-decided', 'repair', 'github', null],
        [pseudonym('olga'), 'hold-decided', 'drop', null, 'h'],
        [pseudonym('otto'), 'hold-released', null, null, 'h'],
      ],
    );
    expect(await ask('approvals', entries, { approver: pseudonym('otto') })).toHaveLength(1);
    expect(await ask('approvals', entries, { until: iso(0) })).toHaveLength(1);
  });
});

describe('break-glass-uses', () => {
  it('tells of each use, and when it ended', async () => {
    const used = (minute: number, who: string) =>
      told(minute, who, {
        type: 'break-glass-used',
        applicationId: 'aws',
        entitlement: 'x-entitlement',
        until: iso(90),
      });
    const entries = [used(0, 'ada'), changed(60, 'ada', 'aws', revoke('x')), used(70, 'bob')];
    const rows = await ask('break-glass-uses', entries);
    expect(rows.map((row) => [row['subject'], row['used_at_ms'], row['until'], row['revoked_at_ms']])).toEqual([
      [ADA, ms(0), iso(90), ms(60)],
      [BOB, ms(70), iso(90), null],
    ]);
  });
});

describe('grants-without-review', () => {
  const reviewed = (minute: number, who: string, name: string, answer: string) =>
    told(minute, who, {
      type: 'fact-recorded',
      factType: 'access-review-decided',
      factId: `answer-${minute}`,
      payloadHash: 'h',
      applicationId: 'github',
      entitlement: `${name}-entitlement`,
      answer,
    });

  it('tells what is held and was not looked at since', async () => {
    const entries = [
      changed(0, 'ada', 'github', grant('admins', true)),
      changed(0, 'ada', 'github', grant('developers')),
      changed(0, 'bob', 'github', grant('developers')),
      changed(1, 'bob', 'github', revoke('developers')),
      looked(2, 'ada', 'github', ['admins', 'developers']),
      reviewed(5, 'ada', 'developers', 'keep'),
      reviewed(7, 'ada', 'admins', 'ask'),
      changed(10, 'eve', 'github', grant('developers')),
    ];
    const rows = await ask('grants-without-review', entries, { since: iso(4) });
    expect(rows.map((row) => [row['subject'], row['grant_name'], row['reviewed_at_ms']])).toEqual([
      [ADA, 'admins', null],
    ]);
    const later = await ask('grants-without-review', entries, { since: iso(6), application: 'github' });
    expect(later.map((row) => [row['grant_name'], row['reviewed_at_ms']])).toEqual([
      ['admins', null],
      ['developers', ms(5)],
    ]);
  });
});

describe('dormant-non-human', () => {
  it('tells of those that are no people, until they are used or closed', async () => {
    const dormant = (who: string, kind: string) =>
      told(0, who, { type: 'account-dormant', applicationId: 'aws', kind, lastActiveOn: '2026-05-01' });
    const entries = [
      dormant('ada', 'service-account'),
      dormant('bob', 'employee'),
      dormant('eve', 'ai-agent'),
      dormant('eva', 'integration'),
      changed(1, 'eve', 'aws', { action: 'disable-account' }),
      told(1, 'eva', { type: 'account-active', applicationId: 'aws' }),
    ];
    const rows = await ask('dormant-non-human', entries);
    expect(rows).toEqual([
      { subject: ADA, application: 'aws', kind: 'service-account', last_active_on: '2026-05-01', found_at_ms: ms(0) },
    ]);
  });
});

describe('duty-exceptions', () => {
  it('tells of those in force then', async () => {
    const granted = (exception: string, until: string | undefined) =>
      told(
        0,
        'ada',
        {
          type: 'duty-exception-granted',
          exception,
          rule: `rule-${exception}`,
          owner: pseudonym('otto'),
          ...(until && { until }),
        },
        byOperator('otto'),
      );
    const entries = [
      granted('1', iso(100)),
      granted('2', undefined),
      granted('3', iso(100)),
      told(50, 'ada', { type: 'duty-exception-ended', exception: '3' }),
    ];
    const rules = async (at: string) =>
      (await ask('duty-exceptions', entries, { at })).map((row) => [row['rule'], row['answers_for_it']]);
    const otto = pseudonym('otto');
    expect(await rules(iso(40))).toEqual([
      ['rule-1', otto],
      ['rule-3', otto],
      ['rule-2', otto],
    ]);
    expect(await rules(iso(60))).toEqual([
      ['rule-1', otto],
      ['rule-2', otto],
    ]);
    expect(await rules(iso(101))).toEqual([['rule-2', otto]]);
  });
});

describe('failed-removals', () => {
  it('tells what was to be taken away and is not known to be gone', async () => {
    const entries = [
      // Done.
      intended(0, 'ada', 'github', revoke('admins'), { action: 'disable-account' }),
      changed(1, 'ada', 'github', revoke('admins')),
      changed(1, 'ada', 'github', { action: 'disable-account' }),
      // Tried twice in vain, and a person was told.
      intended(0, 'bob', 'github', revoke('admins')),
      notRead(1, 'bob', 'github', []),
      intended(2, 'bob', 'github', revoke('admins')),
      told(3, 'bob', { type: 'escalated', failed: [{ applicationId: 'github' }] }),
      // Not done by Tenure, but the system shows it gone.
      intended(0, 'eve', 'github', revoke('admins'), { action: 'disable-account' }),
      looked(1, 'eve', 'github', [], false),
      // By hand: one attested, one not.
      told(0, 'eve', { type: 'task-opened', applicationId: 'badges', steps: [revoke('door')] }),
      told(1, 'eve', { type: 'fact-recorded', factType: 'task-attested', applicationId: 'badges' }),
      told(4, 'eve', { type: 'task-opened', applicationId: 'safe', steps: [revoke('key')] }),
      // What was given is no removal.
      intended(5, 'eve', 'slack', grant('guests')),
    ];
    const rows = await ask('failed-removals', entries);
    expect(
      rows.map((row) => [row['subject'], row['application'], row['grant_name'], row['tries'], row['state']]),
    ).toEqual([
      [BOB, 'github', 'admins', 2, 'not done'],
      [EVE, 'safe', 'key', 1, 'waits for a person'],
    ]);
    expect(rows[0]).toMatchObject({ last_tried_at_ms: ms(2), escalated_at_ms: ms(3) });
    expect(await ask('failed-removals', entries, { before: iso(3) })).toHaveLength(1);
  });
});

describe('access-outside-tenure', () => {
  it('tells what was seen and not given', async () => {
    const entries = [
      told(0, 'ada', { type: 'account-adopted', applicationId: 'github', unreviewed: ['owners'] }),
      looked(0, 'ada', 'github', ['owners', 'developers']),
      intended(1, 'bob', 'github', grant('developers')),
      changed(1, 'bob', 'github', grant('developers')),
      looked(2, 'bob', 'github', ['developers']),
      looked(9, 'bob', 'github', ['admins', 'developers']),
      intended(10, 'bob', 'github', revoke('admins')),
      changed(10, 'bob', 'github', revoke('admins')),
      looked(10, 'ada', 'github', ['owners', 'developers', 'late']),
    ];
    const rows = await ask('access-outside-tenure', entries);
    const told1 = rows.map((row) => [
      row['subject'],
      row['grant_name'],
      row['how'],
      row['first_seen_at_ms'],
      row['revoked_at_ms'],
    ]);
    expect(told1).toEqual([
      [ADA, 'developers', 'there before Tenure', ms(0), null],
      [ADA, 'owners', 'there before Tenure', ms(0), null],
      [BOB, 'admins', 'granted outside Tenure', ms(9), ms(10)],
      [ADA, 'late', 'granted outside Tenure', ms(10), null],
    ]);
  });
});

describe('every named query', () => {
  it('has no rows where there are no entries', async () => {
    const queries = namedQueries();
    expect(queries).toHaveLength(11);
    const given = { application: 'github', identity: ADA };
    const answers = await askAthena(
      [],
      queries.map((query) => {
        const own = Object.entries(given).filter(([name]) =>
          query.parameters.some((parameter) => parameter.name === name),
        );
        return { sql: query.sql, parameters: executionParameters(query, Object.fromEntries(own), NOW_MS) };
      }),
    );
    for (const [index, answer] of answers.entries()) {
      const query = queries[index];
      expect(answer, query?.name).toMatchObject({ rows: [] });
      const named = query?.example[0]?.split('|').map((column) => column.trim());
      expect('columns' in answer ? answer.columns : [], query?.name).toEqual(expect.arrayContaining(named ?? []));
    }
  });

  it.each(namedQueries())('says in its opening comment what it is for: $name', (query) => {
    expect(query.title).toMatch(/\.$/);
    expect(query.purpose.length).toBeGreaterThan(20);
    expect(query.fedBy.length).toBeGreaterThan(10);
    expect(query.example.length).toBeGreaterThanOrEqual(2);
    expect(query.sql.replace(/^--.*$/gm, '').split('?')).toHaveLength(query.marks.length + 1);
  });
});

describe('the parameters of a named query', () => {
  const query = readQuery(
    'x',
    '-- T.\n-- Purpose: p\n-- Fed by: f\n-- Parameters:\n--   who: text. Whoever.\n--   since: start, otherwise 2 days ago.\n--   until: end, otherwise now.\n-- Question marks: since as day, since as ms, until as ms, until as text, who\n-- Example:\n--   a\nSELECT 1\n',
  );
  const of = (given: Record<string, string>) => executionParameters(query, { who: 'x', ...given }, NOW_MS);

  it('are literals, in the order of the question marks', () => {
    expect(of({ who: "o'neill" })).toEqual([
      "'20261126'",
      String(NOW_MS - 2 * DAY * MINUTE_MS),
      String(NOW_MS),
      "'2026-11-28T17:00:00.000Z'",
      "'o''neill'",
    ]);
  });

  it('take a day from its beginning and to its end', () => {
    expect(of({ since: '2026-11-01', until: '2026-11-01' }).slice(1, 3)).toEqual([
      String(Date.UTC(2026, 10, 1)),
      String(Date.UTC(2026, 10, 2) - 1),
    ]);
    expect(of({ since: '2026-11-01T10:00:00+02:00' })[1]).toBe(String(Date.UTC(2026, 10, 1, 8)));
  });

  it.each([
    'yesterday',
    '2026-11-31',
    '2026-13-01',
    '1',
    '',
    "2026-11-01' OR 1=1",
    '2026-11-01T25:00:00Z',
    '1969-12-31',
  ])('are refused when they are no time: %s', (since) => {
    expect(() => of({ since })).toThrow(/^expected a day/);
  });

  it('are bounded, and have nothing that cannot be seen', () => {
    expect(of({ who: 'x'.repeat(256) })[4]).toHaveLength(258);
    for (const who of ['', 'x'.repeat(257), 'a\nb', '\u0000']) expect(() => of({ who })).toThrow(/^expected 1 to 256/);
  });

  it('are asked for by name, and their nearest names are told', () => {
    expect(() => executionParameters(query, {}, NOW_MS)).toThrow('is missing: Whoever.');
    expect(() => of({ sinse: '2026-11-01' })).toThrow('is not known here: x takes who, since, until');
    expect(() => findQuery('aproval')).toThrow('there is no query "aproval": did you mean "approvals"?');
    expect(() => of({ constructor: 'x' })).toThrow(/is not known/);
  });
});
