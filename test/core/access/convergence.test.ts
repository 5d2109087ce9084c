import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Acting,
  type Assignment,
  type CallOutcome,
  conclude,
  decide,
  evolve,
  fail,
  type Over,
  type Reading,
} from '../../../lambdas/core/access/convergence.ts';
import type { DesiredAccount } from '../../../lambdas/core/access/desired-access.ts';
import type { Step } from '../../../lambdas/core/access/difference.ts';
import type { StepBatch } from '../../../lambdas/core/access/step-batches.ts';
import type { Application } from '../../../lambdas/core/access-model/access-model.ts';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../../../lambdas/core/errors.ts';
import type { ObservedAccount } from '../../../lambdas/core/systems/account.ts';
import { ALL } from '../../support/capabilities.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const application: Application = {
  id: 'crm',
  name: 'CRM',
  connector: 'scim',
  owner: 'E1',
  settings: {},
  entitlements: [
    { id: 'user', name: 'User', grant: 'users', privileged: false },
    { id: 'seller', name: 'Seller', grant: 'sellers', privileged: false },
    { id: 'admin', name: 'Administrator', grant: 'admins', privileged: true },
  ],
};
const profile = { identityId: 'E1', kind: 'employee', userName: 'ada', displayName: 'Ada', title: 'Engineer' } as const;
const ada: ObservedAccount = { accountId: 'u1', userName: 'ada', enabled: true, grants: [], attributes: {} };
const holding = (...grants: string[]): ObservedAccount => ({ ...ada, grants });
const desired = (...entitlements: string[]): DesiredAccount => ({
  applicationId: 'crm',
  enabled: true,
  joinedBy: 'f',
  entitlements: entitlements.map((entitlement) => ({ entitlement, reasons: [] })),
});

/** A call that is to bring about these entitlements. */
function keeping(entitlements: readonly string[], changes: Partial<Assignment> = {}): Assignment {
  return {
    mode: 'converge',
    application,
    desired: desired(...entitlements),
    profile,
    capabilities: ALL,
    retentionIsOver: false,
    adopts: false,
    revokesTogether: false,
    ownerChangedMs: undefined,
    known: undefined,
    nowMs: NOW,
    ...changes,
  };
}
const removing = (changes: Partial<Assignment> = {}) => keeping([], { desired: undefined, ...changes });

const nameOf = (step: Step) => ('grant' in step ? `${step.action} ${step.grant}` : step.action);
const stepsOf = (batch: StepBatch) => ('together' in batch ? batch.together : [batch]);
const nameOfBatch = (batch: StepBatch) =>
  stepsOf(batch)
    .map(({ step }) => nameOf(step))
    .join(' + ');

type Answer = (state: Acting) => CallOutcome;
const taken: Answer = ({ next, account }) => ({ happened: 'taken', taken: stepsOf(next), account, atMs: NOW });
const created: Answer = ({ next }) => ({ happened: 'taken', taken: stepsOf(next), account: ada, atMs: NOW });
const onlyGone =
  (...grants: string[]): Answer =>
  ({ next, account }) => {
    const gone = stepsOf(next).filter(({ step }) => 'grant' in step && grants.includes(step.grant));
    return { happened: 'taken', taken: gone, account, atMs: NOW };
  };
const failing =
  (error: unknown): Answer =>
  () => ({ happened: 'failed', error, atMs: NOW });
const forbidden =
  (because: 'overtaken' | 'outdated'): Answer =>
  () => ({ happened: 'forbidden', because });
const refused = failing(new PermanentError('not ours'));
const conflicting = failing(new ConflictError('in use'));
const unreachable = failing(new RetryableError('503'));

/** What a call does of which this much is known: `when` tells what its batches are answered, if not that they are taken. */
function given(assignment: Assignment, account: ObservedAccount | undefined) {
  return {
    decided: decide(assignment, { account }),
    when: (answers: Readonly<Record<string, Answer>> = {}) => {
      const decided = decide(assignment, { account });
      if (decided.phase !== 'acting') throw new Error(`nothing is called: ${decided.phase}`);
      const calls: string[] = [];
      let state: Acting | Over = decided;
      while (state.phase === 'acting') {
        const name = nameOfBatch(state.next);
        calls.push(name);
        const answer = answers[name] ?? (name === 'create-account' ? created : taken);
        state = evolve(assignment, state, answer(state));
      }
      const over = state;
      const readBack = (after: ObservedAccount | undefined) => {
        if (over.phase === 'failed') throw over.error;
        return conclude(assignment, over, after);
      };
      return { calls, over, done: over.done.map(({ step, place }) => `${place} ${nameOf(step)}`), readBack };
    },
  };
}

describe('what was read decides', () => {
  it('that nothing is to be done where the account is as it should be', () => {
    const { decided } = given(keeping(['user']), holding('users'));
    const outcome = { applicationId: 'crm', outcome: 'converged', changed: 0 };
    expect(decided).toMatchObject({ phase: 'equal', account: holding('users'), outcome });
  });

  it('what is to be done, in the order of the plan', () => {
    const { decided } = given(keeping(['user']), holding('admins'));
    expect(decided.phase === 'acting' && decided.planned.map(nameOf)).toEqual(['revoke admins', 'grant users']);
    expect(decided).toMatchObject({ done: [], setback: undefined });
  });

  it('what a proof tells, and a proof changes nothing', () => {
    const prove = removing({ mode: 'prove' });
    expect(given(prove, { ...ada, enabled: false, archived: true }).decided).toMatchObject({
      phase: 'looked-at',
      outcome: { outcome: 'converged', changed: 0 },
    });
    expect(given(prove, holding('users')).decided).toMatchObject({
      phase: 'looked-at',
      outcome: { outcome: 'not-converged', left: ['disable-account', 'end-sessions', 'revoke'] },
    });
  });

  it('that locking down only cuts off', () => {
    const owner = { ...holding('users', 'admins'), owns: ['a board'], archived: false };
    const { calls } = given(removing({ mode: 'lock-down' }), owner).when();
    expect(calls).toEqual(['revoke admins', 'disable-account', 'end-sessions']);
  });

  it('that only a person can help where the name is another account’s', () => {
    const conflict: Reading = { conflict: new ConflictError('the name belongs to E2') };
    const error = 'find-account (userName): ConflictError: the name belongs to E2';
    expect(decide(keeping(['user']), conflict)).toEqual({
      phase: 'unreadable',
      account: undefined,
      unreviewed: undefined,
      exposed: undefined,
      error,
      outcome: { applicationId: 'crm', outcome: 'conflict', error },
    });
  });
});

describe('an account that was there before', () => {
  const adopting = (known?: Assignment['known']) => keeping(['user'], { adopts: true, known });

  it('keeps at the first contact what no reason holds up, and loses nothing of it', () => {
    const { decided, when } = given(adopting(), holding('sellers'));
    expect(decided.unreviewed).toEqual(['sellers']);
    const { calls, readBack } = when();
    expect(calls).toEqual(['grant users']);
    const conclusion = readBack(holding('sellers', 'users'));
    expect(conclusion).toMatchObject({ unreviewed: ['sellers'], outcome: { outcome: 'converged', changed: 1 } });
  });

  it('keeps its name and address while nobody has looked, and takes the newcomer’s after that', () => {
    const former = {
      ...holding('sellers', 'users'),
      userName: 'old',
      attributes: { displayName: 'Old', title: 'Boss' },
    };
    expect(given(adopting(), former).decided).toMatchObject({ phase: 'equal', outcome: { outcome: 'converged' } });
    const known = { account: ada, unreviewed: ['sellers'] };
    expect(given(keeping(['user'], { known }), former).when().calls).toEqual(['revoke sellers', 'update-account']);
  });

  it('lets nobody on to it while it holds privileged grants that nobody has looked at, and says so', () => {
    const off = { ...holding('admins'), enabled: false };
    const { decided } = given(adopting(), off);
    const outcome = { outcome: 'conflict', error: expect.stringContaining('decide on its reconciliation') };
    expect(decided).toMatchObject({ phase: 'equal', unreviewed: ['admins'], outcome });
    // Whoever has all that is due waits for nothing.
    expect(given(adopting(), holding('admins', 'users')).decided).toMatchObject({ outcome: { outcome: 'converged' } });
    const decidedOn = given(keeping(['user'], { known: { account: ada, unreviewed: ['admins'] } }), off).when();
    expect(decidedOn.calls).toEqual(
      ['revoke admins', 'update-account', 'grant users', 'enable-account'].filter((each) => each !== 'update-account'),
    );
    const hers = given(keeping(['user', 'admin'], { adopts: true }), off).when();
    expect(hers.calls).toEqual(['grant users', 'enable-account']);
  });

  it('keeps waiting under the name that the system gives its grants by now', () => {
    const then = { ...ada, grantIds: [{ grant: 'legacy', grantId: 'g1' }] };
    const known = { account: then, unreviewed: ['legacy'] };
    const now = { ...holding('old', 'users'), grantIds: [{ grant: 'old', grantId: 'g1' }], attributes: { title: 'X' } };
    expect(given(adopting(known), now).decided).toMatchObject({ phase: 'equal', unreviewed: ['old'] });
  });

  it('loses later what came to it since', () => {
    const known = { account: ada, unreviewed: ['admins'] };
    const { calls } = given(adopting(known), holding('admins', 'sellers', 'users')).when();
    expect(calls).toEqual(['revoke sellers']);
  });

  it('has its first contact still to come while its name is in doubt', () => {
    const conflict: Reading = { conflict: new ConflictError('whose?') };
    expect(decide(adopting(), conflict).unreviewed).toEqual([]);
    expect(decide(adopting({ unreviewed: ['admins'] }), conflict).unreviewed).toEqual(['admins']);
    expect(decide(keeping(['user']), conflict).unreviewed).toBeUndefined();
  });
});

describe('credentials that a former owner may know', () => {
  const token = { credentialId: 't1', kind: 'token' } as const;
  const withToken = { ...holding('users'), credentials: [token] };
  const ownerChangedMs = NOW - 3_600_000;
  const exposed = { changedMs: ownerChangedMs, noticedMs: ownerChangedMs, dueMs: NOW, credentials: ['t1'] };

  it('are noticed with the change, and revoked once they are due', () => {
    const noticed = given(keeping(['user'], { ownerChangedMs, known: { account: ada } }), withToken).decided;
    expect(noticed).toMatchObject({ phase: 'equal', exposed: { noticedMs: NOW, credentials: ['t1'] } });
    const later = given(keeping(['user'], { ownerChangedMs, known: { account: ada, exposed } }), withToken).when();
    expect(later.calls).toEqual(['revoke-credential']);
    expect(later.readBack(holding('users'))).toMatchObject({
      exposed: { credentials: [] },
      outcome: { outcome: 'converged', changed: 1 },
    });
    expect(later.readBack(withToken)).toMatchObject({
      exposed: { credentials: ['t1'] },
      outcome: { outcome: 'not-converged', left: ['revoke-credential'] },
    });
  });

  it('stay exposed where nothing can be read, or nothing is there', () => {
    const assignment = keeping(['user'], { ownerChangedMs, known: { account: ada, exposed } });
    expect(decide(assignment, { conflict: new ConflictError('whose?') }).exposed).toEqual(exposed);
    expect(given(assignment, undefined).decided.exposed).toEqual(exposed);
  });

  it('are those of the first look: what comes while the call runs is new', () => {
    const assignment = keeping(['user', 'seller'], { ownerChangedMs, known: { account: ada } });
    const replaced = { ...withToken, credentials: [token, { credentialId: 't2', kind: 'token' } as const] };
    const { readBack } = given(assignment, withToken).when();
    expect(readBack(replaced).exposed?.credentials).toEqual(['t1']);
  });

  it('are noticed in an account that was made, though it cannot be read back', () => {
    const assignment = keeping([], { ownerChangedMs, known: { account: ada } });
    const making: Answer = (state) => ({ ...taken(state), account: withToken }) as CallOutcome;
    const { over } = given(assignment, undefined).when({ 'create-account': making });
    expect(fail(assignment, over, new RetryableError('503')).exposed?.credentials).toEqual(['t1']);
  });
});

describe('each call to the system', () => {
  it('is told with its place in the plan, its time and the account as it was then', () => {
    const { over, done } = given(keeping(['user', 'seller']), undefined).when();
    expect(done).toEqual(['0 create-account', '1 grant users', '2 grant sellers']);
    expect(over.done.every(({ accountId, atMs }) => accountId === 'u1' && atMs === NOW)).toBe(true);
  });

  it.each(['overtaken', 'outdated'] as const)('stops what is %s before it is made', (because) => {
    const { calls, done, readBack } = given(keeping(['user', 'seller']), undefined).when({
      'grant users': forbidden(because),
    });
    expect(calls).toEqual(['create-account', 'grant users']);
    expect(done).toEqual(['0 create-account']);
    expect(readBack(ada)).toMatchObject({
      account: ada,
      lastError: undefined,
      outcome: { applicationId: 'crm', outcome: because },
    });
  });

  it.each(['revoke users', 'disable-account', 'end-sessions', 'revoke-credential', 'delete-account'])(
    'that is to take away has done so where there is nothing: %s',
    (name) => {
      const account = { ...holding('users'), credentials: [{ credentialId: 't1', kind: 'token' } as const] };
      const { over, done } = given(removing({ retentionIsOver: true }), account).when({
        [name]: failing(new NotFoundError('gone')),
      });
      expect(over).toMatchObject({ phase: 'acted', setback: undefined });
      expect(done).toHaveLength(5);
    },
  );

  it('that is to give has not done so where there is nothing', () => {
    const gone = new NotFoundError('no such group');
    const { over, calls } = given(keeping(['user', 'seller']), ada).when({ 'grant users': failing(gone) });
    expect(over).toMatchObject({ phase: 'failed', error: gone });
    expect(calls).toEqual(['grant users']);
  });

  it.each([
    ['is unreachable', new RetryableError('503')],
    ['refuses a step of one who stays', new PermanentError('not ours')],
    ['is in conflict about no name', new ConflictError('being edited')],
    ['throws what is no error', 'oops'],
  ])('ends with what was done so far when the system %s', (_what, error) => {
    const { over, calls, done } = given(keeping(['user', 'seller']), ada).when({ 'grant sellers': failing(error) });
    expect(calls).toEqual(['grant users', 'grant sellers']);
    expect(done).toEqual(['0 grant users']);
    expect(over).toMatchObject({ phase: 'failed', error, account: ada });
  });
});

describe('grants that are taken back together', () => {
  const together = removing({ revokesTogether: true });
  const all = holding('admins', 'sellers', 'users');
  const BATCH = 'revoke sellers + revoke users';
  const FIRST = ['revoke admins', 'disable-account', 'end-sessions', BATCH];

  it('are taken by one call, and each is told by itself', () => {
    const { calls, done } = given(together, all).when();
    expect(calls).toEqual(FIRST);
    expect(done.slice(-2)).toEqual(['3 revoke sellers', '4 revoke users']);
  });

  it('are asked for one by one where the call left some, before anything that comes later', () => {
    const archiving = { ...all, archived: false };
    const { calls, done } = given(together, archiving).when({ [BATCH]: onlyGone('sellers') });
    expect(calls).toEqual([...FIRST, 'revoke users', 'archive-account']);
    expect(done.slice(-3)).toEqual(['3 revoke sellers', '4 revoke users', '5 archive-account']);
  });

  it.each([
    ['is refused', new PermanentError('no such operation')],
    ['finds nothing', new NotFoundError('404')],
  ])('are asked for one by one where the whole call %s, which is no setback', (_what, error) => {
    const { calls, over } = given(together, all).when({ [BATCH]: failing(error) });
    expect(calls).toEqual([...FIRST, 'revoke sellers', 'revoke users']);
    expect(over).toMatchObject({ phase: 'acted', setback: undefined });
  });

  it('are left alone where the system asks to wait', () => {
    const { calls, over } = given(together, all).when({ [BATCH]: unreachable });
    expect(calls).toEqual(FIRST);
    expect(over.phase).toBe('failed');
  });
});

describe('a step of a removal that is refused for good', () => {
  const leaver = { ...holding('admins', 'users'), owns: ['a board'], archived: false };

  it('keeps nothing of what the others take away, and nothing is put away that would hide what is left', () => {
    const { calls, done, readBack } = given(removing(), leaver).when({ 'revoke admins': refused });
    expect(calls).toEqual(['revoke admins', 'disable-account', 'end-sessions', 'revoke users', 'transfer-ownership']);
    expect(done).not.toContain('0 revoke admins');
    const error = 'revoke: PermanentError: not ours';
    expect(readBack({ ...ada, enabled: false, grants: ['admins'] })).toMatchObject({
      lastError: error,
      outcome: { applicationId: 'crm', outcome: 'failed', error },
    });
  });

  it('is told though the account reads clean, and the first of several is', () => {
    const { readBack } = given(removing(), leaver).when({
      'end-sessions': refused,
      'revoke users': failing(new PermanentError('another')),
    });
    const outcome = { outcome: 'failed', error: 'end-sessions: PermanentError: not ours' };
    expect(readBack(undefined)).toMatchObject({ outcome });
  });

  it('keeps the account from being deleted when its time has come', () => {
    const { calls } = given(removing({ retentionIsOver: true }), leaver).when({ 'revoke users': refused });
    expect(calls.at(-1)).toBe('transfer-ownership');
  });

  describe('where deleting is the only way to cut off', () => {
    const deleting = removing({ capabilities: { ...ALL, disable: false } });

    it('does not keep the account from being deleted', () => {
      const { calls } = given(deleting, leaver).when({ 'revoke users': refused });
      expect(calls.slice(-2)).toEqual(['transfer-ownership', 'delete-account']);
    });

    it('does so only where it leaves what the account owns without an heir', () => {
      const { calls } = given(deleting, leaver).when({ 'transfer-ownership': refused });
      expect(calls.at(-1)).toBe('transfer-ownership');
    });

    it('waits for the heir though another step was refused before', () => {
      const { calls } = given(deleting, leaver).when({ 'revoke users': refused, 'transfer-ownership': refused });
      expect(calls.at(-1)).toBe('transfer-ownership');
    });
  });
});

describe('a name that is taken', () => {
  const renamed = { ...ada, userName: 'lovelace', attributes: { title: 'Clerk' } };

  it('ends the call where there is no account, since there is none to give access to', () => {
    const { calls, over, readBack } = given(keeping(['user']), undefined).when({ 'create-account': conflicting });
    const error = 'create-account (userName): ConflictError: in use';
    expect(calls).toEqual(['create-account']);
    expect(over).toMatchObject({ phase: 'name-taken', account: undefined, done: [] });
    expect(readBack(undefined)).toMatchObject({ lastError: error, outcome: { outcome: 'conflict', error } });
  });

  it('holds up no access where there is an account', () => {
    const { calls, done, readBack } = given(keeping(['user']), renamed).when({ 'update-account': conflicting });
    const error = 'update-account (userName, title): ConflictError: in use';
    expect(calls).toEqual(['update-account', 'grant users']);
    expect(done).toEqual(['1 grant users']);
    expect(readBack({ ...renamed, grants: ['users'] })).toMatchObject({
      lastError: error,
      outcome: { applicationId: 'crm', outcome: 'conflict', error },
    });
  });

  it('holds up no access either where it is an attribute that may not be changed', () => {
    const { calls, readBack } = given(keeping(['user']), renamed).when({ 'update-account': refused });
    expect(calls).toEqual(['update-account', 'grant users']);
    expect(readBack({ ...renamed, grants: ['users'] })).toMatchObject({
      lastError: 'update-account (userName, title): PermanentError: not ours',
      outcome: { outcome: 'conflict' },
    });
  });

  it('is kept as the last error, but another pass is due, where access is missing as well', () => {
    const { readBack } = given(keeping(['user']), renamed).when({ 'update-account': conflicting });
    expect(readBack(renamed)).toMatchObject({
      lastError: expect.stringContaining('ConflictError'),
      outcome: { outcome: 'not-converged', left: ['grant'] },
    });
  });
});

describe('what is read back decides how a call came out', () => {
  it.each([
    ['converged where nothing is left', holding('users'), { outcome: 'converged', changed: 1 }],
    [
      'converged where only an attribute is spelled otherwise',
      { ...holding('users'), attributes: { title: 'eng.' } },
      { outcome: 'converged' },
    ],
    ['not converged where the grant does not show', ada, { outcome: 'not-converged', left: ['grant'] }],
    [
      'not converged where the account is gone',
      undefined,
      { outcome: 'not-converged', left: ['create-account', 'grant'] },
    ],
  ])('%s', (_what, after, outcome) => {
    expect(
      given(keeping(['user']), ada)
        .when()
        .readBack(after),
    ).toMatchObject({ lastError: undefined, outcome });
  });

  it('as a failure, with the account as it was seen last, where it cannot be read back', () => {
    const assignment = keeping(['user']);
    const { over } = given(assignment, undefined).when();
    const error = new RetryableError('503');
    expect(fail(assignment, over, error)).toEqual({
      phase: 'failed',
      error,
      account: ada,
      unreviewed: undefined,
      exposed: undefined,
      granted: [{ grant: 'users', entitlement: 'user', privileged: false, sinceMs: NOW }],
      leave: undefined,
      done: over.done,
    });
  });
});

describe('what was granted is remembered by its own id', () => {
  const group = (grant: string, grantId: string) => ({ grant, grantId });
  const inGroups = (...groups: { readonly grant: string; readonly grantId: string }[]): ObservedAccount => ({
    ...holding(...groups.map(({ grant }) => grant).sort()),
    grantIds: groups,
  });
  const asGranted = (grant: string, grantId: string | undefined, entitlement: string, privileged = false) => ({
    grantId,
    grant,
    entitlement,
    privileged,
    sinceMs: NOW - 1,
  });
  const knowing = (...granted: ReturnType<typeof asGranted>[]) => ({ known: { account: ada, granted } });
  const without = (...ids: string[]): Application => ({
    ...application,
    entitlements: application.entitlements.filter(({ id }) => !ids.includes(id)),
  });
  const sellers = group('sellers', 'g2');
  const users = group('users', 'g1');

  it('before it is asked for, and with its id once it is read back', () => {
    const { decided, when } = given(keeping(['seller']), ada);
    expect(decided.granted).toMatchObject([{ grant: 'sellers', entitlement: 'seller', sinceMs: NOW }]);
    expect(when().readBack(inGroups(sellers)).granted).toEqual([
      { ...asGranted('sellers', 'g2', 'seller'), sinceMs: NOW },
    ]);
    expect(when().readBack(ada).granted).toBeUndefined();
  });

  it('though the answer was lost, for as long as it may still take effect', () => {
    const { over } = given(keeping(['seller']), ada).when({ 'grant sellers': unreachable });
    const granted = over.granted ?? [];
    const later = { application: without('seller'), known: { account: ada, granted, lastError: '503' } };
    const still = given(keeping(['user'], later), inGroups(users)).decided;
    expect(still.granted).toMatchObject([{ entitlement: 'user' }, { entitlement: 'seller' }]);
    expect(given(keeping(['user'], later), inGroups(users, sellers)).when().calls).toEqual(['revoke sellers']);
    const { lastError, ...settled } = later.known;
    const over2 = given(keeping(['user'], { ...later, known: settled }), inGroups(users)).decided;
    expect(over2.granted).toMatchObject([{ entitlement: 'user' }]);
  });

  it('so it goes with its reason though the access model has lost the entitlement, or calls it otherwise', () => {
    const known = knowing(asGranted('sellers', 'g2', 'seller'), asGranted('users', 'g1', 'user'));
    const lost = given(
      keeping(['user'], { application: without('seller'), ...known }),
      inGroups(users, sellers),
    ).when();
    expect(lost.calls).toEqual(['revoke sellers']);
    expect(lost.readBack(inGroups(users))).toMatchObject({
      outcome: { outcome: 'converged', changed: 1 },
      granted: [{ grantId: 'g1' }],
    });
    const other = { id: 'seller', name: 'Seller', grant: 'sellers-eu', privileged: false };
    const changed = { ...without('seller'), entitlements: [...without('seller').entitlements, other] };
    const calls = given(
      keeping(['user', 'seller'], { application: changed, ...known }),
      inGroups(users, sellers),
    ).when();
    expect(calls.calls).toEqual(['revoke sellers', 'grant sellers-eu']);
  });

  it('so it goes with its reason though the system calls it otherwise, privileged ones before the account', () => {
    const known = knowing(asGranted('sellers', 'g2', 'seller'), asGranted('admins', 'g3', 'admin', true));
    const renamed = inGroups(group('sellers-emea', 'g2'), group('root', 'g3'), group('else', 'g9'));
    expect(given(keeping(['user'], known), renamed).when().calls).toEqual([
      'revoke root',
      'revoke sellers-emea',
      'grant users',
    ]);
    expect(given(removing(known), renamed).when().calls.slice(0, 2)).toEqual(['revoke root', 'disable-account']);
  });

  it('so nobody is taken out of a group by its renaming while the reason holds, whatever the model calls the entitlement', () => {
    const renamed = inGroups(group('sellers-emea', 'g2'));
    const known = knowing(asGranted('sellers', 'g2', 'seller'));
    expect(given(keeping(['seller'], known), renamed).decided).toMatchObject({
      phase: 'equal',
      granted: [{ grantId: 'g2', grant: 'sellers' }],
    });
    const vendor = { id: 'vendor', name: 'Vendor', grant: 'sellers', privileged: false };
    const called = { ...without('seller'), entitlements: [vendor] };
    expect(given(keeping(['vendor'], { application: called, ...known }), renamed).decided).toMatchObject({
      phase: 'equal',
      granted: [{ entitlement: 'vendor' }],
    });
  });

  it('so a mover leaves the group that was theirs, though two groups have swapped their names', () => {
    const swapped = [group('users', 'g2'), group('sellers', 'g1')];
    const both = knowing(asGranted('sellers', 'g2', 'seller'), asGranted('users', 'g1', 'user'));
    expect(given(keeping(['seller', 'user'], both), inGroups(...swapped)).decided).toMatchObject({ phase: 'equal' });
    // What was granted as `users` is called `sellers` now.
    expect(given(keeping(['seller'], both), inGroups(...swapped)).when().calls).toEqual(['revoke sellers']);
    const one = knowing(asGranted('sellers', 'g2', 'seller'));
    const shown = inGroups(group('users', 'g2'));
    expect(given(keeping(['seller'], one), shown).decided).toMatchObject({ phase: 'equal' });
    expect(given(keeping(['admin'], one), shown).when().calls).toEqual(['revoke users', 'grant admins']);
    // To a newcomer `users` is that group: taking it and giving it again would go on for ever.
    expect(given(keeping(['user'], one), shown).decided).toMatchObject({
      phase: 'equal',
      granted: [{ grant: 'users' }],
    });
    const { calls, readBack } = given(keeping(['user', 'seller'], one), shown).when();
    expect(calls).toEqual(['grant sellers']);
    expect(readBack(inGroups(...swapped))).toMatchObject({ outcome: { outcome: 'converged' } });
  });

  it('from the next call on where a record remembers nothing yet: what is due and held, and nothing else', () => {
    const held = inGroups(sellers, users, group('else', 'g9'));
    const { decided } = given(keeping(['seller'], { known: { account: ada } }), held);
    expect(decided.granted).toMatchObject(
      [{ grantId: 'g2', entitlement: 'seller' }, { entitlement: 'seller' }].slice(0, 1),
    );
    const learned = { known: { account: ada, granted: decided.granted }, application: without('seller') };
    expect(given(keeping(['user'], learned), held).when().calls).toEqual(['revoke sellers']);
  });

  it('by its name where that is the id, and by its id once the system tells one', () => {
    const known = knowing(asGranted('sellers', undefined, 'seller'));
    const gone = { application: without('seller'), ...known };
    expect(given(keeping(['user'], gone), holding('sellers', 'users')).when().calls).toEqual(['revoke sellers']);
    expect(given(keeping(['user'], gone), inGroups(users, sellers)).decided.granted).toMatchObject([
      { grantId: 'g1' },
      { grantId: 'g2' },
    ]);
  });

  it('whatever is renamed between passes: one pass more changes nothing', () => {
    const entitlement = fc.constantFrom('user', 'seller', 'admin');
    const name = fc.constantFrom('users', 'sellers', 'admins', 'a', 'b');
    fc.assert(
      fc.property(
        fc.uniqueArray(entitlement, { minLength: 1 }),
        fc.array(
          fc.record({ due: fc.uniqueArray(entitlement, { minLength: 1 }), names: fc.array(name, { maxLength: 3 }) }),
          { maxLength: 3 },
        ),
        (first, later) => {
          const system = new Map([
            ['g1', 'users'],
            ['g2', 'sellers'],
            ['g3', 'admins'],
          ]);
          const held = new Set<string>();
          let known: Assignment['known'];
          const pass = (due: readonly string[]) => {
            const look = () =>
              inGroups(...[...held].sort().map((grantId) => ({ grantId, grant: system.get(grantId) ?? '' })));
            const assignment = keeping(due, { known, profile: undefined });
            const decided = decide(assignment, { account: look() });
            let planned: readonly Step[] = [];
            if (decided.phase === 'acting') {
              planned = decided.planned;
              for (const step of planned)
                for (const [grantId, called] of system) {
                  if (step.action === 'revoke' && called === step.grant) held.delete(grantId);
                  if (step.action === 'grant' && called === step.grant) held.add(grantId);
                }
            }
            let state: Acting | Over | undefined = decided.phase === 'acting' ? decided : undefined;
            while (state?.phase === 'acting') state = evolve(assignment, state, taken(state));
            const after =
              state === undefined || state.phase === 'failed' ? decided : conclude(assignment, state, look());
            known = { account: look(), granted: after.granted };
            return planned.map(nameOf);
          };
          pass(first);
          for (const { due, names } of later) {
            // Names stay unique: who takes another's gives it their own.
            for (const [index, wanted] of names.entries()) {
              const grantId = `g${index + 1}`;
              const holder = [...system].find(([, called]) => called === wanted)?.[0];
              if (holder !== undefined) system.set(holder, system.get(grantId) ?? '');
              system.set(grantId, wanted);
            }
            pass(due);
            pass(due);
            const last = pass(due);
            // A name that nothing has is asked for in vain, and told.
            const inVain = last.filter((step) => ![...system.values()].some((called) => step === `grant ${called}`));
            expect(last).toEqual(inVain);
            expect(held.size).toBeLessThanOrEqual(due.length);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('somebody on leave', () => {
  const KEEPS = { ...ALL, disable: false };
  const token = { credentialId: 't1', kind: 'token' } as const;
  const away = (changes: Partial<Assignment> = {}) =>
    keeping([], { desired: undefined, adopts: true, onLeave: true, ...changes });
  const awayFrom = (entitlements: readonly string[], changes: Partial<Assignment> = {}) =>
    keeping(entitlements, { desired: { ...desired(...entitlements), enabled: false }, onLeave: true, ...changes });

  it('is kept out of an account that no reason holds up and nobody has looked at, which stays otherwise as it is', () => {
    const found = {
      ...holding('sellers'),
      openSessions: 1,
      credentials: [token, { credentialId: 'p', kind: 'password' } as const],
    };
    const { calls, readBack } = given(away(), found).when();
    expect(calls).toEqual(['disable-account', 'end-sessions', 'revoke-credential']);
    const off = { ...found, enabled: false, openSessions: 0, credentials: found.credentials.slice(1) };
    const after = readBack(off);
    expect(after).toMatchObject({
      outcome: { outcome: 'converged' },
      unreviewed: ['sellers'],
      leave: { disabled: true },
    });
    const known = { account: ada, unreviewed: after.unreviewed, leave: after.leave };
    expect(given(away({ onLeave: false, known }), off).when().calls).toEqual(['enable-account']);
    const wasOff = given(away(), { ...off, openSessions: 0 }).decided;
    expect(wasOff).toMatchObject({ phase: 'equal', leave: { disabled: false } });
    const back = { onLeave: false, known: { account: ada, unreviewed: ['sellers'], leave: wasOff.leave } };
    expect(given(away(back), off).decided).toMatchObject({ phase: 'equal', leave: undefined });
  });

  it('loses every grant where nothing else keeps them out, and gets back exactly those', () => {
    const can = { capabilities: KEEPS };
    const first = given(awayFrom(['user'], { ...can, adopts: true }), holding('else', 'sellers', 'users')).when();
    expect(first.calls).toEqual(['revoke else', 'revoke sellers', 'revoke users', 'end-sessions']);
    const after = first.readBack(ada);
    expect(after).toMatchObject({
      outcome: { outcome: 'converged' },
      unreviewed: ['else', 'sellers'],
      leave: { taken: [{ grant: 'sellers' }, { grant: 'else' }] },
    });
    const { unreviewed, granted, leave } = after;
    const known = { account: ada, unreviewed, granted, leave };
    expect(given(awayFrom(['user'], { ...can, adopts: true, known }), ada).decided).toMatchObject({
      phase: 'equal',
      leave,
    });
    const back = given(keeping(['user'], { ...can, adopts: true, known }), ada).when();
    expect(back.calls).toEqual(['grant users', 'grant sellers', 'grant else']);
    expect(back.readBack(holding('else', 'sellers', 'users'))).toMatchObject({
      leave: undefined,
      outcome: { outcome: 'converged' },
    });
    // Somebody has looked meanwhile, and decided: what the model knows goes by reasons alone.
    expect(given(keeping(['user'], { ...can, known }), ada).when().calls).toEqual(['grant users', 'grant else']);
    // Whoever leaves gets nothing back.
    expect(given(removing({ ...can, known }), ada).decided.leave).toBeUndefined();
  });

  it('is told of once when something cannot be given back, which holds up nothing else', () => {
    const known = { account: ada, leave: { taken: [{ grant: 'else' }, { grant: 'more' }] } };
    const back = given(keeping(['user'], { capabilities: KEEPS, known }), ada).when({ 'grant else': refused });
    expect(back.calls).toEqual(['grant users', 'grant else', 'grant more']);
    const after = back.readBack(holding('more', 'users'));
    expect(after).toMatchObject({
      outcome: { outcome: 'conflict' },
      lastError: expect.stringContaining('before the leave'),
    });
    expect(after.leave).toBeUndefined();
  });

  it('loses all the rest though one thing is refused for good, and it is said that they are not kept out', () => {
    const { calls, readBack } = given(awayFrom(['user'], { capabilities: KEEPS }), holding('else', 'users')).when({
      'revoke else': refused,
    });
    expect(calls).toEqual(['revoke else', 'revoke users', 'end-sessions']);
    expect(readBack(holding('else')).outcome).toMatchObject({ outcome: 'failed' });
  });

  it.each([
    ['sessions that the system cannot end', { openSessions: 2 }, ['end-sessions']],
    ['keys that it cannot revoke', { credentials: [token] }, ['revoke-credential']],
  ])('is not called kept out by %s', (_what, changes, left) => {
    const capabilities = { ...ALL, endSessions: false, revokeCredentials: false };
    const off = { ...holding('users'), enabled: false, ...changes };
    expect(given(awayFrom(['user'], { capabilities }), off).decided).toMatchObject({
      outcome: { outcome: 'not-converged', left },
    });
    expect(given(keeping(['user'], { capabilities }), { ...off, enabled: true }).decided).toMatchObject({
      outcome: { outcome: 'converged' },
    });
  });

  it('is given nothing back on to privileged grants that nobody has looked at', () => {
    const can = { capabilities: KEEPS, adopts: true };
    const after = given(awayFrom(['user'], can), holding('admins'))
      .when()
      .readBack(ada);
    const { unreviewed, granted, leave } = after;
    const back = keeping(['user'], { ...can, known: { account: ada, unreviewed, granted, leave } });
    expect(given(back, ada).decided).toMatchObject({ phase: 'equal', outcome: { outcome: 'conflict' }, leave });
  });
});

describe('whatever the system answers', () => {
  const errors = [
    new RetryableError('503'),
    new PermanentError('not ours'),
    new ConflictError('in use'),
    new NotFoundError('gone'),
  ];
  const grants = fc.uniqueArray(fc.constantFrom('users', 'sellers', 'admins', 'extra', 'more'));
  const account = fc.option(
    fc.record({ grants, enabled: fc.boolean(), archived: fc.boolean(), owns: fc.constantFrom([], ['a board']) }),
    { nil: undefined },
  );
  const assignment = fc
    .record({
      stays: fc.boolean(),
      revokesTogether: fc.boolean(),
      retentionIsOver: fc.boolean(),
      disable: fc.boolean(),
      entitlements: fc.subarray(['user', 'seller', 'admin']),
    })
    .map(({ stays, disable, entitlements, ...changes }) => {
      const capabilities = { ...ALL, disable };
      return stays ? keeping(entitlements, { ...changes, capabilities }) : removing({ ...changes, capabilities });
    });
  /** Of a step by the draw: taken, only the first of its steps, or one of the errors. */
  const answerBy = (draw: number): Answer => {
    if (draw === 1) return (state) => ({ ...taken(state), taken: stepsOf(state.next).slice(0, 1) }) as CallOutcome;
    const error = errors[draw - 2];
    return error === undefined ? taken : failing(error);
  };

  it('each step is tried in its order, once by itself at most, and told only if it was taken', () => {
    const draws = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(assignment, account, draws, (assignment, seen, draws) => {
        const decided = decide(assignment, { account: seen && { ...ada, ...seen } });
        if (decided.phase !== 'acting') return;
        const tried: number[] = [];
        let state: Acting | Over = decided;
        for (let call = 0; state.phase === 'acting'; call += 1) {
          if (!('together' in state.next)) tried.push(state.next.place);
          state = evolve(assignment, state, answerBy(draws[call % draws.length] ?? 0)(state));
          expect(call).toBeLessThanOrEqual(2 * decided.planned.length);
        }
        const places = state.done.map(({ place }) => place);
        expect(tried).toEqual([...new Set(tried)].sort((a, b) => a - b));
        expect(new Set(places).size).toBe(places.length);
        for (const { step, place } of state.done) expect(decided.planned[place]).toBe(step);
        if (state.phase !== 'acted' || state.setback !== undefined) return;
        expect(places.toSorted((a, b) => a - b)).toEqual([...decided.planned.keys()]);
      }),
      { numRuns: 500 },
    );
  });

  it('a removal goes on unless it has to wait, and tells a refusal', () => {
    const draws = fc.array(fc.constantFrom(0, 3, 5), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.boolean(), grants, draws, (disable, held, draws) => {
        const assignment = removing({ capabilities: { ...ALL, disable } });
        const decided = decide(assignment, { account: holding(...held) });
        if (decided.phase !== 'acting') return;
        let state: Acting | Over = decided;
        let refusals = 0;
        for (let call = 0; state.phase === 'acting'; call += 1) {
          const draw = draws[call % draws.length] ?? 0;
          if (draw === 3) refusals += 1;
          state = evolve(assignment, state, answerBy(draw)(state));
        }
        expect(state.phase === 'acted' ? state.setback?.kind : state).toBe(refusals > 0 ? 'refused' : undefined);
      }),
      { numRuns: 200 },
    );
  });
});
