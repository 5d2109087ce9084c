import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DesiredAccount } from '../../../lambdas/core/access/desired-access.ts';
import { type Capabilities, difference, lockDown, type Step } from '../../../lambdas/core/access/difference.ts';
import type { Application } from '../../../lambdas/core/access-model/access-model.ts';
import type { AccountState } from '../../../lambdas/core/systems/account.ts';
import { ALL } from '../../support/capabilities.ts';

const application: Application = {
  id: 'crm',
  name: 'CRM',
  connector: 'scim',
  owner: 'E1',
  settings: {},
  entitlements: [
    { id: 'user', name: 'User', grant: 'crm-users', privileged: false },
    { id: 'seller', name: 'Seller', grant: 'crm-sellers', privileged: false },
    { id: 'admin', name: 'Administrator', grant: 'crm-admins', privileged: true },
  ],
};
const NONE: Capabilities = {
  disable: false,
  endSessions: false,
  revokeCredentials: false,
  transferOwnership: false,
  archive: false,
  update: false,
  delete: true,
};
const retentionIsOver = false;
const profile = { identityId: 'E1', kind: 'employee', userName: 'ada', displayName: 'Ada', title: 'Engineer' } as const;

const desired = (enabled: boolean, ...entitlements: string[]): DesiredAccount => ({
  applicationId: 'crm',
  enabled,
  joinedBy: 'f',
  entitlements: entitlements.map((entitlement) => ({
    entitlement,
    reasons: [{ type: 'birthright', profile: 'p' }],
  })),
});
const observed = (enabled: boolean, ...grants: string[]): AccountState => ({ enabled, grants, attributes: {} });
const steps = (wanted: DesiredAccount | undefined, found: AccountState | undefined, capabilities = ALL) =>
  difference({ application, desired: wanted, observed: found, profile, capabilities, retentionIsOver }).map(brief);
const brief = (step: Step) => ('grant' in step ? `${step.action} ${step.grant}` : step.action);

describe('the difference', () => {
  it('is nothing when the account is as it should be', () => {
    expect(steps(desired(true, 'user'), observed(true, 'crm-users'))).toEqual([]);
    expect(steps(undefined, undefined)).toEqual([]);
  });

  it('is nothing where a system keeps addresses and sign-in names in another case; other attributes are told apart', () => {
    const person = { ...profile, email: 'Ada@Acme.example' };
    const updates = (attributes: AccountState['attributes']) =>
      difference({
        application,
        desired: desired(true, 'user'),
        observed: { enabled: true, grants: ['crm-users'], attributes },
        profile: person,
        capabilities: ALL,
        retentionIsOver,
      }).flatMap((step) => (step.action === 'update-account' ? step.attributes : []));
    expect(updates({ email: 'ada@acme.EXAMPLE', userName: 'ADA', title: 'Engineer' })).toEqual([]);
    expect(updates({ email: 'ada@other.example', title: 'ENGINEER' })).toEqual(['email', 'title']);
  });

  it('says of each grant which profile gives it, and which fact began the employment it rests on', () => {
    const wanted = desired(true, 'user');
    const [, grant] = difference({
      application,
      desired: wanted,
      observed: undefined,
      profile,
      capabilities: ALL,
      retentionIsOver,
    });
    expect(grant).toMatchObject({ entitlement: 'user', reasons: [{ type: 'birthright', profile: 'p', fact: 'f' }] });
  });

  it('creates an account with its first entitlement', () => {
    expect(steps(desired(true, 'user', 'seller'), undefined)).toEqual([
      'create-account',
      'grant crm-users',
      'grant crm-sellers',
    ]);
  });

  it('revokes before it grants, so that no mover holds both at once', () => {
    expect(steps(desired(true, 'user'), observed(true, 'crm-sellers'))).toEqual([
      'revoke crm-sellers',
      'grant crm-users',
    ]);
  });

  it('revokes admin grants before disabling the account, and the others after', () => {
    expect(steps(undefined, observed(true, 'crm-admins', 'crm-users'))).toEqual([
      'revoke crm-admins',
      'disable-account',
      'end-sessions',
      'revoke crm-users',
    ]);
  });

  it('leaves grants that the access model does not know to an account that stays, and takes them from one that goes', () => {
    expect(steps(desired(true, 'user'), observed(true, 'crm-users', 'everyone'))).toEqual([]);
    expect(steps(undefined, observed(false, 'everyone'))).toEqual(['revoke everyone']);
  });

  it('deletes an account that its system cannot disable', () => {
    expect(steps(undefined, observed(true, 'crm-users'), NONE)).toEqual(['revoke crm-users', 'delete-account']);
  });

  it('disables a suspended account and keeps what it holds; return enables it', () => {
    expect(steps(desired(false, 'user'), observed(true, 'crm-users'))).toEqual(['disable-account', 'end-sessions']);
    expect(steps(desired(true, 'user'), observed(false, 'crm-users'))).toEqual(['enable-account']);
  });

  it('takes the grants of a suspended account that its system cannot disable', () => {
    expect(steps(desired(false, 'user'), observed(true, 'crm-users'), NONE)).toEqual(['revoke crm-users']);
  });

  it('creates no account for a suspended identity', () => {
    expect(steps(desired(false, 'user'), undefined)).toEqual([]);
  });

  it('enables only after it has revoked what is no longer due', () => {
    expect(steps(desired(true, 'user'), observed(false, 'crm-admins'))).toEqual([
      'revoke crm-admins',
      'grant crm-users',
      'enable-account',
    ]);
  });

  it('updates only attributes that the system stores', () => {
    const found = { enabled: true, grants: ['crm-users'], attributes: { title: 'Clerk' } };
    expect(
      difference({
        application,
        desired: desired(true, 'user'),
        observed: found,
        profile,
        capabilities: ALL,
        retentionIsOver,
      }),
    ).toEqual([{ action: 'update-account', attributes: ['title'] }]);
  });

  it('locks down with what cuts off at once', () => {
    const found = observed(true, 'crm-admins', 'crm-users');
    const facing = { application, desired: undefined, observed: found, profile, capabilities: ALL, retentionIsOver };
    expect(lockDown(facing).map(brief)).toEqual(['revoke crm-admins', 'disable-account', 'end-sessions']);
    expect(lockDown({ ...facing, capabilities: NONE }).map(brief)).toEqual(['revoke crm-admins', 'revoke crm-users']);
  });

  describe('of a leaver, beside grants and sign-in', () => {
    const left = (changes: Partial<AccountState>, can: Capabilities = ALL, isOver = false) =>
      difference({
        application,
        desired: undefined,
        observed: { ...observed(false), ...changes },
        profile,
        capabilities: can,
        retentionIsOver: isOver,
      }).map(brief);
    const token = { credentialId: 'k1', kind: 'token' } as const;

    it('ends sessions that outlived the sign-in, and revokes each credential', () => {
      expect(left({ openSessions: 2 })).toEqual(['end-sessions']);
      expect(left({ openSessions: 0, credentials: [token] })).toEqual(['revoke-credential']);
      expect(left({ enabled: true, credentials: [token] })).toEqual([
        'disable-account',
        'end-sessions',
        'revoke-credential',
      ]);
    });

    it('hands over before it archives, and deletes once the retention is over', () => {
      expect(left({ owns: ['db.sales'], archived: false })).toEqual(['transfer-ownership', 'archive-account']);
      expect(left({ archived: true })).toEqual([]);
      expect(left({ owns: ['db.sales'], archived: true }, ALL, true)).toEqual(['transfer-ownership', 'delete-account']);
      expect(left({}, { ...ALL, delete: false }, true)).toEqual([]);
    });

    it('ends the sessions of an account that can only be deleted before it is gone', () => {
      const deleting = { ...NONE, endSessions: true };
      expect(left({ enabled: true, grants: ['crm-users'] }, deleting)).toEqual([
        'end-sessions',
        'revoke crm-users',
        'delete-account',
      ]);
    });

    it('leaves the credentials of those who stay, and of those on leave what the sign-in needs', () => {
      const found = {
        ...observed(true, 'crm-users'),
        credentials: [token, { credentialId: 'k2', kind: 'password' } as const],
        openSessions: 1,
        owns: ['x'],
        archived: false,
      };
      const facing = { application, observed: found, profile, capabilities: ALL, retentionIsOver: false };
      expect(difference({ ...facing, desired: desired(true, 'user') })).toEqual([]);
      expect(difference({ ...facing, desired: desired(false, 'user') })).toEqual([
        { action: 'disable-account' },
        { action: 'end-sessions' },
        { action: 'revoke-credential', ...token },
      ]);
    });
  });

  it('once taken, is nothing: from any account to any desired access in one pass', () => {
    const entitlement = fc.subarray(['user', 'seller', 'admin']);
    const capabilities = fc.record({
      disable: fc.boolean(),
      endSessions: fc.boolean(),
      revokeCredentials: fc.boolean(),
      transferOwnership: fc.boolean(),
      archive: fc.boolean(),
      update: fc.boolean(),
      delete: fc.constant(true),
    });
    const wanted = fc.option(
      fc.tuple(
        fc.boolean(),
        entitlement.filter((some) => some.length > 0),
      ),
      { nil: undefined },
    );
    const found = fc.option(fc.tuple(fc.boolean(), fc.subarray(['crm-users', 'crm-sellers', 'crm-admins', 'other'])), {
      nil: undefined,
    });
    fc.assert(
      fc.property(wanted, found, capabilities, (want, find, can) => {
        const account = want && desired(want[0], ...want[1]);
        const before = find && observed(find[0] || !can.disable, ...find[1]);
        const facing = { application, desired: account, profile, capabilities: can, retentionIsOver };
        const after = take(before, difference({ ...facing, observed: before }));
        expect(difference({ ...facing, observed: after })).toEqual([]);
      }),
    );
  });
});

/** What a faithful system would hold after the steps. */
function take(account: AccountState | undefined, taken: readonly Step[]): AccountState | undefined {
  let state = account;
  for (const step of taken) {
    if (step.action === 'create-account') state = observed(true);
    if (step.action === 'delete-account') state = undefined;
    if (state === undefined) continue;
    if (step.action === 'enable-account') state = { ...state, enabled: true };
    if (step.action === 'disable-account') state = { ...state, enabled: false };
    if (step.action === 'grant') state = { ...state, grants: [...state.grants, step.grant] };
    if (step.action === 'revoke') state = { ...state, grants: state.grants.filter((grant) => grant !== step.grant) };
  }
  return state;
}
