// A target system in memory, as faithful as a good SaaS: it knows accounts, groups and sign-in state, and counts what
// is done to it. How it misbehaves is decided by whoever wraps it.
import type { AccountKey, Heir, Target } from '../../lambdas/connectors/contract/connector.ts';
import { NotFoundError, PermanentError } from '../../lambdas/core/errors.ts';
import type { ObservedAccount } from '../../lambdas/core/systems/account.ts';
import type { AccountProfile } from '../../lambdas/core/systems/account-profile.ts';
import type { Credential, CredentialKind } from '../../lambdas/core/systems/credential.ts';

export interface SystemAccount {
  readonly accountId: string;
  /** Empty for an account that was there before Tenure. */
  readonly identityId: string;
  /** Whose an account from before really is, which the system does not know. */
  readonly holder?: string | undefined;
  /** The grants that an account from before came with. */
  readonly earlier?: readonly string[] | undefined;
  userName: string;
  title: string | undefined;
  enabled: boolean;
  readonly grants: Set<string>;
  /** Its holder signs in as soon as that works, and stays signed in however the account fares. */
  openSessions: number;
  readonly credentials: Set<string>;
  readonly owns: Set<string>;
  readonly email?: string | undefined;
  /** What it says about whose it is, if anything. */
  readonly employeeId?: string | undefined;
  readonly lastActiveMs?: number | undefined;
}

/** An account as somebody made it before Tenure was connected. */
export interface EarlierAccount
  extends Pick<SystemAccount, 'userName' | 'holder' | 'email' | 'employeeId' | 'lastActiveMs'> {
  readonly grants?: readonly string[];
  readonly enabled?: boolean;
}

export interface SystemChange {
  readonly method: keyof Target;
  readonly identityId: string;
  readonly grant?: string | undefined;
  /** The account came with the grant, from before Tenure. */
  readonly isEarlier?: boolean | undefined;
  /** What was taken away. */
  readonly credential?: CredentialOf | undefined;
}

/** A key or token, and when it was made (epoch ms). */
export interface CredentialOf {
  readonly credentialId: string;
  readonly kind: CredentialKind;
  readonly setMs: number;
}

export interface MemorySystemOptions {
  /** False: like an identity store, which can only delete. */
  readonly canDisable: boolean;
  /** Does it take back several grants in one call? @default false */
  readonly revokesTogether?: boolean;
  /** Told after each change that took effect. */
  readonly onChange?: ((change: SystemChange) => void) | undefined;
}

const PAGE = 200;

export class MemorySystem {
  readonly accounts = new Map<string, SystemAccount>();
  /** Calls of any kind, reads included. */
  calls = 0;
  readonly canDisable: boolean;
  /** What its administrators have not allowed Tenure to do. */
  refuses: keyof Target | undefined;
  onRefused: () => void = () => {};
  /** Groups have ids that outlast their names, and it tells them. */
  tellsIds = false;
  /** By what it is called now, the id of each group that is no longer called as in the beginning, or not the first of its name. */
  readonly #groupIds = new Map<string, string>();
  /** There is no group of this name any more. */
  readonly #gone = new Set<string>();
  /** Those that were made in the course of a history, by their ids. */
  readonly #credentials = new Map<string, CredentialOf>();
  /** By account and group, under which name it was granted. */
  readonly #grantedAs = new Map<string, string>();
  readonly #options: MemorySystemOptions;
  #created = 0;

  constructor(options: MemorySystemOptions) {
    this.#options = options;
    this.canDisable = options.canDisable;
  }

  accountOf(identityId: string): SystemAccount | undefined {
    return [...this.accounts.values()].find((account) => account.identityId === identityId);
  }

  /** The account by which somebody gets in, whether or not the system says that it is theirs. */
  heldBy(identityId: string): SystemAccount | undefined {
    return this.accountOf(identityId) ?? [...this.accounts.values()].find(({ holder }) => holder === identityId);
  }

  addEarlier({ grants = [], enabled = true, ...account }: EarlierAccount): SystemAccount {
    const accountId = this.#nextId();
    const nothing = { openSessions: 0, credentials: new Set<string>(), owns: new Set<string>() };
    const added = {
      accountId,
      identityId: '',
      title: undefined,
      enabled,
      grants: new Set(grants),
      earlier: grants,
      ...nothing,
      ...account,
    };
    this.accounts.set(accountId, added);
    return added;
  }

  addCredential(account: SystemAccount, kind: CredentialKind, setMs: number): void {
    const credentialId = `key-${this.#credentials.size + 1}`;
    this.#credentials.set(credentialId, { credentialId, kind, setMs });
    account.credentials.add(credentialId);
  }

  credentialsOf({ credentials }: SystemAccount): readonly CredentialOf[] {
    return [...credentials].flatMap((credentialId) => this.#credentials.get(credentialId) ?? []);
  }

  /** An administrator calls a group otherwise; whoever was in it still is. @returns how many that were */
  rename(from: string, to: string): number {
    this.#groupIds.set(to, this.#groupId(from));
    this.#gone.add(from);
    const members = [...this.accounts.values()].filter(({ grants }) => grants.delete(from));
    for (const { grants } of members) grants.add(to);
    return members.length;
  }

  /** Another group gets a name that one had before. */
  makeGroup(name: string): void {
    this.#groupIds.set(name, `${this.#groupId(name)}, the next of this name`);
    this.#gone.delete(name);
  }

  hasGroup(name: string): boolean {
    return !this.#gone.has(name);
  }

  /** What a grant was called when the account was given it. */
  grantedAs({ accountId }: SystemAccount, grant: string): string | undefined {
    return this.#grantedAs.get(`${accountId} ${this.#groupId(grant)}`);
  }

  #groupId(name: string): string {
    return this.#groupIds.get(name) ?? `group ${name}`;
  }

  /**
   * The system's own interface; each call takes effect at once, so a caller decides when and whether.
   *
   * @param part carries out each part of a call that has several, so that what goes wrong may do so between two of them
   */
  target(part: <Result>(effect: () => Promise<Result>) => Promise<Result> = (effect) => effect()): Target {
    const { canDisable } = this;
    const observe = (account: SystemAccount) => this.#observe(account);
    const change = async (
      method: keyof Target,
      account: ObservedAccount,
      apply: (account: SystemAccount) => void,
      grant?: string,
      credentialId = '',
    ) => {
      this.calls += 1;
      this.#refuse(method);
      const found = this.accounts.get(account.accountId);
      if (found === undefined) throw new NotFoundError(`no account ${account.accountId}`);
      if (method === 'grant' && grant !== undefined) this.#granting(found, grant);
      apply(found);
      const isEarlier = grant !== undefined && found.earlier?.includes(grant) === true;
      const credential = this.#credentials.get(credentialId);
      this.#options.onChange?.({ method, identityId: found.holder ?? found.identityId, grant, isEarlier, credential });
    };
    return {
      findAccount: async (key) => {
        this.calls += 1;
        const account = this.accountOf(key.identityId) ?? this.#earlierOf(key);
        return account && observe(account);
      },
      createAccount: async (profile) => {
        this.calls += 1;
        this.#refuse('createAccount');
        const known = this.accountOf(profile.identityId);
        if (known !== undefined) return observe(known);
        const account = this.#create(profile);
        this.#options.onChange?.({ method: 'createAccount', identityId: profile.identityId });
        return observe(account);
      },
      grant: (account, grant) => change('grant', account, ({ grants }) => grants.add(grant), grant),
      revoke: (account, grant) => change('revoke', account, ({ grants }) => grants.delete(grant), grant),
      ...(this.#options.revokesTogether === true && {
        revokeAll: async (account: ObservedAccount, grants: readonly string[]) => {
          const gone: string[] = [];
          for (const grant of grants) {
            const taken = part(() => change('revoke', account, (found) => found.grants.delete(grant), grant));
            // Which part failed, and why, is not told: what is not named as gone is asked for by itself.
            await taken.then(
              () => gone.push(grant),
              () => {},
            );
          }
          return gone;
        },
      }),
      updateAccount: (account, { title, userName }) =>
        change('updateAccount', account, (found) => Object.assign(found, { title, userName })),
      ...(canDisable
        ? {
            disableAccount: (account: ObservedAccount) =>
              change('disableAccount', account, (found) => Object.assign(found, { enabled: false })),
            enableAccount: (account: ObservedAccount) =>
              change('enableAccount', account, (found) => Object.assign(found, { enabled: true, openSessions: 1 })),
            endSessions: (account: ObservedAccount) =>
              change('endSessions', account, (found) => Object.assign(found, { openSessions: 0 })),
            revokeCredential: (account: ObservedAccount, { credentialId }: Credential) =>
              change(
                'revokeCredential',
                account,
                ({ credentials }) => credentials.delete(credentialId),
                undefined,
                credentialId,
              ),
            transferOwnership: (account: ObservedAccount, { account: heir }: Heir) =>
              change('transferOwnership', account, ({ owns }) => {
                const heirs = heir && this.accounts.get(heir.accountId);
                if (heirs === undefined) throw new PermanentError('there is nobody to take over');
                for (const thing of owns) heirs.owns.add(thing);
                owns.clear();
              }),
          }
        : {}),
      checkPrivileges: async () => (this.refuses === undefined ? [] : [`the right to ${this.refuses}`]),
      listAccounts: async (from) => {
        this.calls += 1;
        const start = Number(from ?? 0);
        const accounts = [...this.accounts.values()].slice(start, start + PAGE).map(observe);
        return { accounts, next: start + PAGE < this.accounts.size ? String(start + PAGE) : undefined };
      },
      deleteAccount: (account) => change('deleteAccount', account, ({ accountId }) => this.accounts.delete(accountId)),
    };
  }

  #granting({ accountId }: SystemAccount, grant: string): void {
    if (!this.hasGroup(grant)) throw new PermanentError(`there is no group "${grant}"`);
    this.#grantedAs.set(`${accountId} ${this.#groupId(grant)}`, grant);
  }

  #observe(account: SystemAccount): ObservedAccount {
    const told = observe(account);
    const credentials = told.credentials?.map((one) => this.#credentials.get(one.credentialId) ?? one);
    const observed = { ...told, credentials };
    if (!this.tellsIds) return observed;
    const grantIds = observed.grants.map((grant) => ({ grant, grantId: this.#groupId(grant) }));
    return { ...observed, grantIds: grantIds.sort((a, b) => (a.grantId < b.grantId ? -1 : 1)) };
  }

  #refuse(method: keyof Target): void {
    if (method !== this.refuses) return;
    this.onRefused();
    throw new PermanentError(`${method} is not allowed`);
  }

  #earlierOf({ accountId, userName }: AccountKey): SystemAccount | undefined {
    const earlier = [...this.accounts.values()].filter(({ identityId }) => identityId === '');
    const isNamed = (one: SystemAccount) => one.userName.toLowerCase() === userName?.toLowerCase();
    return earlier.find((one) => one.accountId === accountId) ?? earlier.find(isNamed);
  }

  #nextId(): string {
    this.#created += 1;
    return `account-${this.#created}`;
  }

  #create({ identityId, userName, title }: AccountProfile): SystemAccount {
    const account = {
      accountId: this.#nextId(),
      identityId,
      userName,
      title,
      enabled: true,
      grants: new Set<string>(),
      openSessions: this.canDisable ? 1 : 0,
      credentials: new Set<string>(),
      owns: new Set<string>(),
    };
    this.accounts.set(account.accountId, account);
    return account;
  }
}

function observe(account: SystemAccount): ObservedAccount {
  const { accountId, userName, title, enabled, grants, openSessions, credentials, owns } = account;
  const { email, employeeId, lastActiveMs } = account;
  const attributes = {
    title,
    ...(email !== undefined && { email }),
    ...(employeeId !== undefined && { identityId: employeeId }),
  };
  return {
    accountId,
    userName,
    enabled,
    grants: [...grants].sort(),
    attributes,
    openSessions,
    credentials: [...credentials].sort().map((credentialId) => ({ credentialId, kind: 'token' })),
    owns: [...owns].sort(),
    lastActiveMs,
  };
}
