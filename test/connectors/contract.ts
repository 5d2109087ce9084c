// What every API connector must do, whatever its system: one suite, run against the real server that the connector's
// harness starts. A new connector brings a harness; the cases are here and ask the connector what it declares.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ResidualWindow, Target } from '../../lambdas/connectors/contract/connector.ts';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../../lambdas/core/errors.ts';
import type { ObservedAccount } from '../../lambdas/core/systems/account.ts';
import type { AccountProfile } from '../../lambdas/core/systems/account-profile.ts';
import type { FaultInput } from '../../local/targets/faults.ts';
import type { Distortion } from '../support/fault-proxy.ts';
import { QUIRKS } from './unfriendly.ts';

export interface ConnectOptions {
  readonly callTimeoutMs?: number;
  /** Pages of two, so that five grants take three. */
  readonly smallPages?: boolean;
  readonly wrongCredentials?: boolean;
}

/** A connector's real server, started. */
export interface RunningTarget {
  connect(options?: ConnectOptions): Target | Promise<Target>;
  addFault(fault: FaultInput): Promise<void>;
  clearFaults(): Promise<void>;
  /** Lets the server misbehave in what it answers, until called without. Absent where it does not speak JSON. */
  distort?(distortion: Distortion | undefined): void;
  /** Which calls create an account: where the answer is lost on purpose. */
  readonly createCall: NonNullable<FaultInput['match']>;
  /** Secrets that no error may show. */
  readonly secrets: readonly string[];
  /** What the server itself still holds of an account after its deletion, asked past the connector. */
  countLeftovers?(accountId: string): Promise<number>;
  /**
   * Signs in to the system itself as the account's holder, past the connector, and opens a session; undefined when the
   * system refuses. Setting a password first is the harness's business.
   */
  signIn?(account: ObservedAccount): Promise<Session | undefined>;
  /**
   * What the connector itself declares for the settings of `connect`, never typed in. Absent: nothing outlasts the
   * cut-off here, be it that a stand-in issues nothing that could.
   */
  readonly residual?: ResidualWindow | undefined;
  /** Opens what the window is declared for: a role's session, a token that others verify. @default `signIn` opens it */
  openOutlasting?(account: ObservedAccount): Promise<Session>;
  /** Calls a group otherwise, past the connector; it stays the same group. Absent: nobody can, or not here. */
  renameGroup?(from: string, to: string): Promise<void>;
  /** Gives the account a credential (a key, a token), past the connector. */
  addCredential?(account: ObservedAccount): Promise<void>;
  /** Makes the account the owner of something, past the connector. */
  addOwned?(account: ObservedAccount): Promise<void>;
  stop(): Promise<void>;
}

/** What it takes to use a system as people do while Tenure keeps its accounts. */
export type UsedSystem = Pick<
  RunningTarget,
  'connect' | 'signIn' | 'residual' | 'openOutlasting' | 'addCredential' | 'addOwned' | 'stop'
>;

/** A session as the account's holder has it. */
export interface Session {
  /** Uses it: does the system still answer? */
  isAlive(): Promise<boolean>;
  close(): Promise<void>;
}

export interface Harness {
  /** Starts the server with these groups (roles, ...) in it. */
  start(grants: readonly string[]): Promise<RunningTarget>;
  /** Can the system find an account by the identity's id alone, its user name having changed? */
  readonly findsByIdentity: boolean;
  /** `tcp`: no status codes; only resets, silence and lost answers are put in its way. @default 'http' */
  readonly speaks?: 'http' | 'tcp';
  /** The sign-in name where the system does not take an e-mail address. */
  readonly userName?: (identityId: string) => string;
  /** The e-mail address where the system keeps lower case only. */
  readonly email?: (identityId: string) => string;
  /** A sign-in name with every awkward character the system allows. */
  readonly awkwardUserName?: (identityId: string) => string;
  /** A grant's name with every awkward character the system allows. @default quotes, commas, backslashes, parentheses, `*`, `&`, other scripts */
  readonly awkwardGrant?: string;
  /** How the system names what the suite calls `Sales`; must keep the order of names. @default as it is */
  readonly grantName?: (name: string) => string;
  /** Why the system cannot keep the identity's id: two identities with one sign-in name are then one account to it. */
  readonly keepsNoIdentity?: string;
  /** An account id that leads nowhere. @default a UUID */
  readonly strayAccountId?: string;
  /** Why a list that is not there cannot be told from an empty one. */
  readonly omitsEmptyLists?: string;
  /** Why the system has no accounts of its own: everybody is found, with or without grants. */
  readonly noAccounts?: string;
}

/** A declared window is waited for if it is no longer than that. */
const LONGEST_WAIT_SECONDS = 60;
const WINDOW_TEST_TIMEOUT_MS = 3 * LONGEST_WAIT_SECONDS * 1_000;
/** Expiries are whole seconds. */
const EXPIRY_GRANULARITY_MS = 1_000;
const POLL_MS = 200;

const AWKWARD = `O'Brien, "Ö" \\ * ) ( & 名`;

let counter = 0;

export function describeContract(type: string, harness: Harness): void {
  const grantName = harness.grantName ?? ((name: string) => name);
  const SALES = grantName('Sales');
  const ENGINEERING = grantName('Engineering');
  const MANY = ['Page 1', 'Page 2', 'Page 3', 'Page 4', 'Page 5'].map(grantName);
  const awkwardGrant = harness.awkwardGrant ?? AWKWARD;
  const strayAccountId = harness.strayAccountId ?? 'ffffffff-0000-4000-8000-000000000000';
  const newProfile = (changes: Partial<AccountProfile> = {}) => profileOf(harness, changes);
  describe(`the contract of ${type}`, () => {
    let server: RunningTarget;
    let target: Target;
    beforeAll(async () => {
      server = await harness.start([SALES, ENGINEERING, awkwardGrant, ...MANY]);
      target = await server.connect();
    });
    afterEach(() => server.clearFaults());
    afterAll(() => server?.stop());

    describe('accounts', () => {
      it('creates an account, enabled and without grants, and reports what it stores', async () => {
        const profile = newProfile();
        const account = await target.createAccount(profile);
        expect(account).toMatchObject({ userName: profile.userName, enabled: true, grants: [] });
        expect(differing(account, profile)).toEqual([]);
        expect(await find(target, profile)).toEqual(account);
      });

      it('creates once, however often it is asked', async () => {
        const profile = newProfile();
        const first = await target.createAccount(profile);
        expect(await target.createAccount(profile)).toEqual(first);
        expect(await (await server.connect()).createAccount(profile)).toEqual(first);
      });

      it('creates an account for somebody without any personal name (a service account)', async () => {
        const { identityId } = newProfile();
        const robot: AccountProfile = {
          identityId,
          kind: 'service-account',
          userName: harness.userName?.(identityId) ?? identityId,
          displayName: identityId,
        };
        const account = await target.createAccount(robot);
        expect(differing(account, robot)).toEqual([]);
      });

      it('finds by the link, though the user name has changed', async () => {
        const profile = newProfile();
        const { accountId } = await target.createAccount(profile);
        expect(
          await target.findAccount({
            ...keyOf(profile),
            accountId,
            userName: harness.userName?.('changed') ?? 'changed@example.com',
          }),
        ).toMatchObject({ accountId });
      });

      it.runIf(harness.findsByIdentity)('finds by the identity, though link and user name are of no use', async () => {
        const profile = newProfile();
        const { accountId } = await target.createAccount(profile);
        const key = {
          ...keyOf(profile),
          accountId: strayAccountId,
          userName: harness.userName?.('changed') ?? 'changed@example.com',
        };
        expect(await target.findAccount(key)).toMatchObject({ accountId });
      });

      it('finds by the user name, when the link leads nowhere', async () => {
        const profile = newProfile();
        const { accountId } = await target.createAccount(profile);
        const key = { ...keyOf(profile), accountId: strayAccountId };
        expect(await target.findAccount(key)).toMatchObject({ accountId });
      });

      it.skipIf(harness.noAccounts)('finds nothing where nothing is', async () => {
        expect(await find(target, newProfile())).toBeUndefined();
      });

      it.skipIf(harness.noAccounts)('refuses a user name that belongs to another identity', async ({ skip }) => {
        if (harness.keepsNoIdentity !== undefined) return skip(harness.keepsNoIdentity);
        const profile = newProfile();
        await target.createAccount(profile);
        const other = { ...newProfile(), userName: profile.userName };
        await expect(find(target, other)).rejects.toBeInstanceOf(ConflictError);
        await expect(target.createAccount(other)).rejects.toBeInstanceOf(ConflictError);
      });

      it.skipIf(harness.noAccounts)('takes an id that differs by case alone for another identity', async ({ skip }) => {
        if (harness.keepsNoIdentity !== undefined) return skip(harness.keepsNoIdentity);
        const profile = newProfile();
        const account = await target.createAccount(profile);
        const identityId = profile.identityId.toLowerCase();
        expect(identityId).not.toBe(profile.identityId);
        const other = { ...newProfile(), identityId };
        expect(await find(target, other)).toBeUndefined();
        const named = find(target, { ...other, userName: profile.userName });
        await expect(named).rejects.toBeInstanceOf(ConflictError);
        expect(await find(target, profile)).toEqual(account);
      });

      it('keeps quotes, commas, backslashes, metacharacters and other scripts as they are', async () => {
        const profile = newProfile({ givenName: `O'Brien, "Ö"`, familyName: '\\ * ) ( & 名', displayName: AWKWARD });
        const awkward = {
          ...profile,
          userName: harness.awkwardUserName?.(profile.identityId) ?? `o'brien+${profile.identityId}"\\*)(ö@example.com`,
        };
        const account = await target.createAccount(awkward);
        expect(account.userName).toBe(awkward.userName);
        expect(differing(account, awkward)).toEqual([]);
        await target.grant(account, awkwardGrant);
        expect((await find(target, awkward))?.grants).toEqual([awkwardGrant]);
        await target.revoke(account, awkwardGrant);
        expect((await find(target, awkward))?.grants).toEqual([]);
      });

      it('updates what has changed, and reads it back', async ({ skip }) => {
        if (target.updateAccount === undefined) return skip('not declared');
        const profile = newProfile();
        const account = await target.createAccount(profile);
        const moved = {
          ...profile,
          displayName: 'Ada King',
          familyName: 'King',
          email: `king-${profile.email}`,
          title: undefined,
        };
        await target.updateAccount(account, moved);
        const after = await find(target, moved);
        expect(after?.accountId).toBe(account.accountId);
        // Some systems store one name only.
        expect(after?.attributes.familyName ?? after?.attributes.displayName).toMatch(/King$/);
        expect(after && differing(after, moved)).toEqual([]);
      });
    });

    describe('grants', () => {
      it('grants, reads back, revokes; each as often as it is asked', async () => {
        const profile = newProfile();
        const account = await target.createAccount(profile);
        for (let round = 0; round < 2; round += 1) await target.grant(account, SALES);
        await target.grant(account, ENGINEERING);
        expect((await find(target, profile))?.grants).toEqual([ENGINEERING, SALES]);
        for (let round = 0; round < 2; round += 1) await target.revoke(account, SALES);
        expect((await find(target, profile))?.grants).toEqual([ENGINEERING]);
      });

      it('leaves the grants of others alone', async () => {
        const [ada, bob] = [newProfile(), newProfile()];
        const accounts = [await target.createAccount(ada), await target.createAccount(bob)] as const;
        for (const account of accounts) await target.grant(account, SALES);
        await target.revoke(accounts[0], SALES);
        expect((await find(target, bob))?.grants).toEqual([SALES]);
      });

      it('revokes several at once, though the answer was lost; as often as it is asked', async ({ skip }) => {
        if (target.revokeAll === undefined) return skip('not declared');
        const [ada, bob] = [newProfile(), newProfile()];
        const [hers, his] = [await target.createAccount(ada), await target.createAccount(bob)];
        for (const grant of [...MANY, SALES]) await target.grant(hers, grant);
        for (const grant of MANY) await target.grant(his, grant);
        const read = await find(target, ada);
        if (read === undefined) throw new Error('the account is not found any more');
        for (let round = 0; round < 2; round += 1) {
          const gone = await target.revokeAll(read, [...MANY, 'No such group']);
          expect(gone).toEqual(expect.arrayContaining(MANY));
          expect(gone).not.toContain(SALES);
          expect((await find(target, ada))?.grants).toEqual([SALES]);
        }
        expect((await find(target, bob))?.grants).toEqual(MANY);
        const last = await find(target, bob);
        if (last === undefined) throw new Error('the account is not found any more');
        await server.addFault({ kind: 'applied-then-reset', times: 1 });
        expect(await target.revokeAll(last, MANY)).toEqual(expect.arrayContaining(MANY));
        expect(await find(target, bob)).toMatchObject({ grants: [] });
      });

      it('knows a group again that is renamed between two calls, and takes back the one that was meant', async ({
        skip,
      }) => {
        if (server.renameGroup === undefined) return skip('its groups keep their names');
        const profile = newProfile();
        const account = await target.createAccount(profile);
        await target.grant(account, SALES);
        const before = await find(target, profile);
        if (before === undefined) throw new Error('the account is not found any more');
        expect(before.grantIds).toMatchObject([{ grant: SALES }]);
        const other = grantName('Sales EMEA');
        await server.renameGroup(SALES, other);
        try {
          const now = await find(await server.connect(), profile);
          expect(now?.grants).toEqual([other]);
          expect(now?.grantIds?.map(({ grantId }) => grantId)).toEqual(before.grantIds?.map(({ grantId }) => grantId));
          await target.revoke(before, SALES);
          expect((await find(await server.connect(), profile))?.grants).toEqual([]);
          // Two that swap their names: each is still the one that it was.
          await target.grant(account, ENGINEERING);
          const swapped = await find(await server.connect(), profile);
          if (swapped === undefined) throw new Error('the account is not found any more');
          await server.renameGroup(ENGINEERING, SALES);
          await server.renameGroup(other, ENGINEERING);
          await target.revoke(swapped, ENGINEERING);
          expect((await find(await server.connect(), profile))?.grants).toEqual([]);
          await target.grant(account, SALES);
          expect((await find(await server.connect(), profile))?.grantIds).toEqual([
            { grant: SALES, grantId: swapped.grantIds?.[0]?.grantId },
          ]);
          await target.revoke(account, SALES);
          await server.renameGroup(ENGINEERING, other);
          await server.renameGroup(SALES, ENGINEERING);
        } finally {
          await server.renameGroup(other, SALES);
        }
      });

      it('reads grants over three pages', async () => {
        const profile = newProfile();
        const account = await target.createAccount(profile);
        for (const grant of MANY) await target.grant(account, grant);
        expect((await find(await server.connect({ smallPages: true }), profile))?.grants).toEqual(MANY);
      });

      it('refuses to grant what the system does not know, naming it; revoking it is success', async () => {
        const account = await target.createAccount(newProfile());
        const refusal = await errorOf(target.grant(account, 'No such group'));
        expect(refusal).toBeInstanceOf(PermanentError);
        expect(refusal.message).toContain('No such group');
        await target.revoke(account, 'No such group');
      });
    });

    describe('cutting off', () => {
      it('disables and enables, keeping what is held; each as often as it is asked', async ({ skip }) => {
        if (target.disableAccount === undefined || target.enableAccount === undefined) return skip('not declared');
        const profile = newProfile();
        const account = await target.createAccount(profile);
        await target.grant(account, SALES);
        for (let round = 0; round < 2; round += 1) await target.disableAccount(account);
        expect(await find(target, profile)).toMatchObject({ enabled: false, grants: [SALES] });
        for (let round = 0; round < 2; round += 1) await target.enableAccount(account);
        expect(await find(target, profile)).toMatchObject({ enabled: true, grants: [SALES] });
      });

      it('deletes, leaving nothing behind; as often as it is asked', async ({ skip }) => {
        if (target.deleteAccount === undefined) return skip('not declared');
        const profile = newProfile();
        const account = await target.createAccount(profile);
        await target.grant(account, SALES);
        for (let round = 0; round < 2; round += 1) await target.deleteAccount(account);
        expect(await target.findAccount({ ...keyOf(profile), accountId: account.accountId })).toBeUndefined();
        expect((await server.countLeftovers?.(account.accountId)) ?? 0).toBe(0);
      });

      it('locates the account without what it holds', async ({ skip }) => {
        if (target.locateAccount === undefined) return skip('not declared');
        const profile = newProfile();
        expect(await target.locateAccount(keyOf(profile))).toBeUndefined();
        const { accountId, userName } = await target.createAccount(profile);
        expect(await target.locateAccount(keyOf(profile))).toEqual({ accountId, userName });
      });

      it('takes an account that is already gone for revoked and disabled, not for granted', async ({ skip }) => {
        if (target.deleteAccount === undefined) return skip('not declared');
        const account = await target.createAccount(newProfile());
        await target.deleteAccount(account);
        await target.revoke(account, SALES);
        await target.revokeAll?.(account, [SALES, ENGINEERING]);
        await target.disableAccount?.(account);
        const refusal = await errorOf(target.grant(account, SALES));
        expect(refusal instanceof PermanentError || refusal instanceof NotFoundError, refusal.message).toBe(true);
      });

      it('refuses new sign-ins and ends open sessions, or says how long they last', {
        timeout: WINDOW_TEST_TIMEOUT_MS,
      }, async ({ skip, annotate }) => {
        if (server.signIn === undefined) return skip('the system cannot be signed in to');
        const profile = newProfile();
        const account = await target.createAccount(profile);
        await target.grant(account, SALES);
        const session = required(await server.signIn(account));
        const outlasting = (await server.openOutlasting?.(account)) ?? session;
        for (const open of [session, outlasting]) expect(await open.isAlive()).toBe(true);
        const before = await find(target, profile);
        if (before?.openSessions !== undefined) expect(before.openSessions).toBeGreaterThan(0);
        for (let round = 0; round < 2; round += 1) await cutOff(target, account);
        const cutOffMs = performance.now();
        const outlasts = await outlasting.isAlive();
        const { residual } = server;
        if (residual === undefined || outlasting !== session) expect(await session.isAlive()).toBe(false);
        const after = await find(target, profile);
        if (after?.openSessions !== undefined) expect(after.openSessions).toBe(0);
        expect(await server.signIn(account)).toBeUndefined();
        if (residual !== undefined) {
          // Otherwise the window is an excuse.
          expect(outlasts, `"${residual.what}" ended with the cut-off: declare no window`).toBe(true);
          await annotate(await proveWindow(outlasting, residual, cutOffMs));
        }

        const wasAlive = new Map<Session, boolean>();
        for (const open of [session, outlasting]) wasAlive.set(open, await open.isAlive());
        const expectNoReturn = async (step: string) => {
          for (const [open, alive] of wasAlive) if (!alive) expect(await open.isAlive(), `after ${step}`).toBe(false);
        };
        if (target.archiveAccount !== undefined) {
          await target.archiveAccount(account);
          await expectNoReturn('archiving');
          expect(await server.signIn(account)).toBeUndefined();
        }
        if (target.deleteAccount !== undefined) {
          await target.deleteAccount(account);
          await expectNoReturn('deleting');
        }
        for (const open of wasAlive.keys()) await open.close();
      });

      it('revokes credentials one by one; each as often as it is asked', async ({ skip }) => {
        if (target.revokeCredential === undefined || server.addCredential === undefined) return skip('not declared');
        const profile = newProfile();
        const account = await target.createAccount(profile);
        await server.addCredential(account);
        const held = (await find(target, profile))?.credentials ?? [];
        expect(held.length).toBeGreaterThan(0);
        for (const credential of held) {
          for (let round = 0; round < 2; round += 1) await target.revokeCredential(account, credential);
        }
        expect((await find(target, profile))?.credentials).toEqual([]);
      });

      it('hands over what the account owned; as often as it is asked', async ({ skip }) => {
        if (target.transferOwnership === undefined || server.addOwned === undefined) return skip('not declared');
        const [profile, successor] = [newProfile(), newProfile()];
        const account = await target.createAccount(profile);
        const heir = await target.createAccount(successor);
        await server.addOwned(account);
        expect((await find(target, profile))?.owns?.length).toBeGreaterThan(0);
        for (let round = 0; round < 2; round += 1) await target.transferOwnership(account, { account: heir });
        expect((await find(target, profile))?.owns).toEqual([]);
        expect((await find(target, successor))?.owns?.length).toBeGreaterThan(0);
      });

      it('archives what is disabled, and finds it there again; as often as it is asked', async ({ skip }) => {
        if (target.archiveAccount === undefined) return skip('not declared');
        const profile = newProfile();
        const account = await target.createAccount(profile);
        await target.disableAccount?.(account);
        for (let round = 0; round < 2; round += 1) {
          const found = await find(target, profile);
          if (found === undefined) throw new Error('the account is not found any more');
          await target.archiveAccount(found);
        }
        expect(await find(target, profile)).toMatchObject({ archived: true, enabled: false });
      });

      it.skipIf(harness.noAccounts)('can cut off one way or the other', () => {
        expect(target.disableAccount ?? target.deleteAccount).toBeDefined();
      });
    });

    describe('listing', () => {
      it('lists every account once, page by page, as it is found one by one', async ({ skip }) => {
        const paging = await server.connect({ smallPages: true });
        if (paging.listAccounts === undefined) return skip('not declared');
        const profiles = [newProfile(), newProfile(), newProfile(), newProfile(), newProfile()];
        const created: ObservedAccount[] = [];
        for (const profile of profiles) created.push(await target.createAccount(profile));
        const listed: ObservedAccount[] = [];
        let pages = 0;
        for (let from: string | undefined; pages < 200; ) {
          const page = await paging.listAccounts(from);
          listed.push(...page.accounts);
          pages += 1;
          if (page.next === undefined) break;
          from = page.next;
        }
        const ids = listed.map(({ accountId }) => accountId);
        expect(new Set(ids).size).toBe(ids.length);
        for (const account of created) {
          const shown = listed.find(({ accountId }) => accountId === account.accountId);
          expect(shown).toMatchObject({ userName: account.userName, enabled: account.enabled, grants: account.grants });
        }
        expect(pages).toBeGreaterThanOrEqual(3);
      });

      it('finds nothing lacking in the privileges it was given', async ({ skip }) => {
        if (target.checkPrivileges === undefined) return skip('not declared');
        expect(await target.checkPrivileges()).toEqual([]);
      });
    });

    describe('when the system is unfriendly', () => {
      it.for(QUIRKS.map((quirk) => [quirk.name, quirk] as const))(
        'tells all or nothing, and cuts off by the id alone, when it %s',
        async ([, { isReadable, distortion, isAboutLists }], { skip }) => {
          if (server.distort === undefined) return skip('it does not answer in JSON');
          if (isAboutLists && harness.omitsEmptyLists !== undefined) return skip(harness.omitsEmptyLists);
          const profile = newProfile();
          const account = await target.createAccount(profile);
          for (const grant of MANY) await target.grant(account, grant);
          const key = { ...keyOf(profile), accountId: account.accountId };
          const unfriendly = await server.connect({ smallPages: true });
          try {
            server.distort(distortion());
            const told = await unfriendly.findAccount(key).catch((error: unknown) => error);
            if (isReadable) expect(told).toMatchObject({ accountId: account.accountId, enabled: true, grants: MANY });
            else if (!(told instanceof PermanentError)) expectAllTold(told, account, MANY.length);
            // What refuses to be read is cut off all the same; deleting may ask for what has to go first.
            const { accountId, userName } = account;
            const known = { accountId, userName, enabled: true, grants: [], attributes: {} };
            await unfriendly.disableAccount?.(known).catch(ifPermanent);
          } finally {
            server.distort(undefined);
          }
          if (target.disableAccount !== undefined) expect((await target.findAccount(key))?.enabled).toBe(false);
        },
      );
    });

    describe('when the system fails', () => {
      let profile: AccountProfile;
      let account: ObservedAccount;
      beforeAll(async () => {
        profile = newProfile();
        account = await target.createAccount(profile);
      });

      it.for<[string, FaultInput]>([
        ['429 once, with Retry-After', { kind: 'status', status: 429, retryAfterSeconds: 1, times: 1 }],
        ['503 once', { kind: 'status', status: 503, times: 1 }],
        ['500 once', { kind: 'status', status: 500, times: 1 }],
        ['one connection reset', { kind: 'reset', times: 1 }],
        ['one time-out', { kind: 'timeout', times: 1 }],
      ])('gets over %s', async ([, fault], { skip }) => {
        if (fault.kind === 'status' && harness.speaks === 'tcp') return skip('it knows no status codes');
        await server.addFault(fault);
        const startedMs = performance.now();
        expect(await find(await server.connect({ callTimeoutMs: 700 }), profile)).toMatchObject({
          accountId: account.accountId,
        });
        if (fault.retryAfterSeconds !== undefined)
          expect(performance.now() - startedMs).toBeGreaterThan(fault.retryAfterSeconds * 1000 - 50);
      });

      it.for<[string, FaultInput]>([
        ['500 stays', { kind: 'status', status: 500 }],
        ['connections are always reset', { kind: 'reset' }],
        ['it never answers', { kind: 'timeout' }],
      ])('says "retry" when %s', async ([, fault], { skip }) => {
        if (fault.kind === 'status' && harness.speaks === 'tcp') return skip('it knows no status codes');
        await server.addFault(fault);
        await expect(find(await server.connect({ callTimeoutMs: 300 }), profile)).rejects.toBeInstanceOf(
          RetryableError,
        );
      });

      it('hands a long Retry-After to the caller at once', async ({ skip }) => {
        if (harness.speaks === 'tcp') return skip('it knows no status codes');
        await server.addFault({ kind: 'status', status: 429, retryAfterSeconds: 120 });
        const startedMs = performance.now();
        const error = await errorOf(find(target, profile));
        expect(error).toBeInstanceOf(RetryableError);
        expect((error as RetryableError).retryAfterMs).toBe(120_000);
        expect(performance.now() - startedMs).toBeLessThan(2_000);
      });

      it('says "permanent" when the credentials are wrong', async () => {
        await expect(find(await server.connect({ wrongCredentials: true }), profile)).rejects.toBeInstanceOf(
          PermanentError,
        );
      });

      it('makes one account though the answer to its creation was lost', async () => {
        const late = newProfile();
        await server.addFault({ kind: 'applied-then-reset', times: 1, match: server.createCall });
        const lost = await target.createAccount(late).catch((error: unknown) => error);
        if (lost instanceof Error) expect(lost).toBeInstanceOf(RetryableError);
        const created = await target.createAccount(late);
        expect(await find(target, late)).toEqual(created);
      });

      it('grants though the answers were lost', async () => {
        await target.grant(account, SALES);
        await target.revoke(account, SALES);
        await server.addFault({ kind: 'applied-then-reset', times: 1 });
        await target.grant(account, SALES);
        expect((await find(target, profile))?.grants).toEqual([SALES]);
        await target.revoke(account, SALES);
        expect((await find(target, profile))?.grants).toEqual([]);
      });

      it('shows neither secrets nor people in its errors', async () => {
        const failures: unknown[] = [await errorOf(find(await server.connect({ wrongCredentials: true }), profile))];
        for (const fault of [
          { kind: 'status', status: 400 },
          { kind: 'status', status: 409 },
          { kind: 'status', status: 500 },
          { kind: 'reset' },
        ] as const) {
          if (fault.kind === 'status' && harness.speaks === 'tcp') continue;
          await server.clearFaults();
          await server.addFault({
            ...fault,
            ...('status' in fault ? { body: { detail: profile.userName, message: profile.displayName } } : {}),
          });
          failures.push(await errorOf(find(await server.connect({ callTimeoutMs: 300 }), profile)));
        }
        const shown = failures.map(flatten).join('\n');
        for (const hidden of [...server.secrets, profile.userName, profile.displayName])
          expect(shown).not.toContain(hidden);
        expect(shown).not.toMatch(asWord(account.accountId));
      });
    });
  });
}

function profileOf(harness: Harness, changes: Partial<AccountProfile>): AccountProfile {
  counter += 1;
  const identityId = `E${process.pid}-${counter}`;
  return {
    identityId,
    kind: 'employee',
    userName: harness.userName?.(identityId) ?? `ada-${identityId}@example.com`,
    displayName: 'Ada Lovelace',
    givenName: 'Ada',
    familyName: 'Lovelace',
    email: harness.email?.(identityId) ?? `ada-${identityId}@example.com`,
    title: 'Engineer',
    department: 'Engineering',
    company: 'Acme GmbH',
    costCenter: '4711',
    timeZone: 'Europe/Berlin',
    ...changes,
  };
}

/** Under other names perhaps, where those cannot be read: but nothing that is held is missing. */
function expectAllTold(told: unknown, { accountId }: ObservedAccount, grants: number): void {
  expect(told).toMatchObject({ accountId, enabled: true });
  const names = (told as ObservedAccount).grants;
  expect(names.filter((name) => typeof name === 'string')).toHaveLength(grants);
}

function ifPermanent(error: unknown): void {
  if (!(error instanceof PermanentError)) throw error;
}

/** Everything a lock-down does at once. */
async function cutOff(target: Target, account: ObservedAccount): Promise<void> {
  await target.disableAccount?.(account);
  await target.endSessions?.(account);
  if (target.disableAccount === undefined) await target.deleteAccount?.(account);
}

/** When a declared window is over nothing is alive; of one that no test can wait for, the other end is shown. */
async function proveWindow(session: Session, { seconds, what }: ResidualWindow, fromMs: number): Promise<string> {
  if (seconds > LONGEST_WAIT_SECONDS)
    return `${what}: alive after the cut-off; the declared ${seconds} s were not waited for`;
  const endMs = fromMs + seconds * 1_000 + EXPIRY_GRANULARITY_MS;
  while (await session.isAlive()) {
    if (performance.now() > endMs) throw new Error(`"${what}" outlast the ${seconds} s that are declared`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const lastedSeconds = ((performance.now() - fromMs) / 1_000).toFixed(1);
  return `${what}: alive after the cut-off, dead after ${lastedSeconds} s of the ${seconds} s declared`;
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the sign-in was refused');
  return value;
}

function keyOf({ identityId, userName }: AccountProfile) {
  return { identityId, userName };
}

function find(target: Target, profile: AccountProfile): Promise<ObservedAccount | undefined> {
  return target.findAccount(keyOf(profile));
}

/** The stored attributes that are not as they should be: what core/access/difference.ts would have updated. */
function differing({ attributes }: ObservedAccount, profile: AccountProfile): string[] {
  const stored = Object.keys(attributes) as (keyof AccountProfile)[];
  return stored.filter((name) => attributes[name] !== profile[name]);
}

async function errorOf(outcome: Promise<unknown>): Promise<Error> {
  const error = await outcome.then(
    () => new Error('expected a failure, got success'),
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error : new Error(String(error));
}

/** The text by itself: an id may be a short number, which is found within others. */
function asWord(text: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'u');
}

/**
 * An error as a careless logger would print it: message, stack, fields, cause after cause. Without the places in the
 * code: lines have numbers of their own.
 */
function flatten(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? '';
  const stack = error.stack?.replace(/^ +at .*$/gm, '');
  return [error.message, stack, JSON.stringify({ ...error }), flatten(error.cause)].join('\n');
}
