// What a target system must be able to do for Tenure to keep access in it true. The core is tiny; every further
// ability is an optional method, and implementing one *is* declaring it. Sequencing, fencing, audit, translation
// of entitlements and read-back belong to handlers/systems/, so that a connector is only its system's API.
import type * as z from 'zod';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import type { Credential } from '../../core/systems/credential.ts';

/** One connector: a kind of system (`scim`), of which an access model may hold many applications. */
export type Connector<Settings = unknown, Secret = unknown> =
  | ApiConnector<Settings, Secret>
  | ManualConnector<Settings, Secret>;

interface ConnectorDescription<Settings> {
  /** The word written under `connector:` in the access model; also the file's name. */
  readonly type: string;
  /** One line for people: which systems this reaches. */
  readonly title: string;
  /** What was it tried against: shown in the documentation table. */
  readonly testedAgainst: string;
  /** The application's `settings:`; checked when the app is synthesised and again when connecting. */
  readonly settings: z.ZodType<Settings>;
}

/** A system with no API: each difference becomes a task, and what a person attested is what is observed. */
export interface ManualConnector<Settings = unknown, Secret = unknown> extends ConnectorDescription<Settings> {
  readonly kind: 'manual';
  /** Who does the task, how, and by when. */
  describeTask(settings: Settings): ManualTask;
  /** Of the service desk; absent when the connector needs none. */
  readonly secret?: z.ZodType<Secret>;
  /** What the service desk's account needs and no more, a line each. */
  readonly privileges?: readonly string[];
  readonly limits?: readonly string[];
  /** Where each task is a ticket as well, if anywhere. */
  openServiceDesk?(connection: Connection<Settings, Secret>): ServiceDesk | Promise<ServiceDesk>;
}

export interface ManualTask {
  /** An e-mail address, or one of the operators' roles. */
  readonly assignee: string;
  readonly instructions: string;
  readonly dueHours: number;
  /** Of a task that takes privileged access away. @default as any other */
  readonly privilegedRemovalHours?: number | undefined;
}

/**
 * Where people do their tasks anyway. A ticket says what its task says and no more; resolving it attests the task.
 * Every method may be repeated, and throws one of core/errors.ts.
 */
export interface ServiceDesk {
  /** Undefined when there is no ticket of this task. */
  findTicket(taskId: string): Promise<Ticket | undefined>;
  /** Opens the ticket unless there is one. */
  openTicket(request: TicketRequest): Promise<void>;
  /**
   * Opens it again, since its task is to be done still: one that was turned down, or that attested nothing. Not there and
   * open are success. `attempt`: the how-manieth of this task, from 1; the same is sent again with the same.
   */
  reopenTicket(request: TicketRequest, attempt: number): Promise<void>;
  /** Nobody need do it any more: not there and closed are success. Never leaves it as resolved. */
  closeTicket(taskId: string): Promise<void>;
}

export interface Ticket {
  /** The service desk's own number, by which people speak of it. */
  readonly ticketId: string;
  /** `closed`: neither to be done nor done. */
  readonly status: 'open' | 'resolved' | 'closed';
  /** The service desk's user who resolved it: without one nobody attests anything. */
  readonly resolvedBy?: string | undefined;
}

export interface TicketRequest {
  readonly taskId: string;
  /** The application's name. */
  readonly application: string;
  /** What is to be done, a line each. */
  readonly steps: readonly string[];
  readonly assignee: string;
  readonly instructions: string;
  readonly dueMs: number;
}

/** A system with an API. */
export interface ApiConnector<Settings = unknown, Secret = unknown> extends ConnectorDescription<Settings> {
  readonly kind: 'api';
  /** The application's secret (a JSON object in Secrets Manager); absent when the connector needs none. */
  readonly secret?: z.ZodType<Secret>;
  /** IAM statements the connector's own role needs beside its secrets. */
  permissions?(settings: Settings): readonly ConnectorPermission[];
  /** What the account that Tenure uses in the system needs and no more, a line each: shown in the documentation. */
  readonly privileges: readonly string[];
  /** What the system cannot do, a sentence each: shown in the documentation. */
  readonly limits: readonly string[];
  /** What one application cannot do beyond that, where its settings tell. */
  limitsOf?(settings: Settings): readonly string[];
  /** How long access already given out lasts after every step was taken; undefined: not at all. */
  residualWindow?(settings: Settings): ResidualWindow | undefined;
  /** A client library that is heavy to load is imported here, so that other connectors' functions do not load it. */
  connect(connection: Connection<Settings, Secret>): Target | Promise<Target>;
}

/** Access that nothing can take back before it ends by itself: the life of a token, say. */
export interface ResidualWindow {
  readonly seconds: number;
  /** What lasts, as a certificate tells it: `access tokens already issued`. */
  readonly what: string;
}

export interface ConnectorPermission {
  readonly actions: readonly string[];
  /** ARNs; the two placeholders below stand for what is only known where the app is deployed. */
  readonly resources: readonly string[];
}

/** `aws`, `aws-cn`, `aws-us-gov`: where Tenure is deployed. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
export const AWS_PARTITION = '${AWS::Partition}';
/** The account that Tenure is deployed to. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
export const AWS_ACCOUNT_ID = '${AWS::AccountId}';

export interface Connection<Settings, Secret> {
  readonly applicationId: string;
  readonly settings: Settings;
  readonly secret: Secret;
  /** How long one call to the system may take, in milliseconds. */
  readonly callTimeoutMs: number;
  /**
   * Somebody is to be given an account, and nothing is to be taken away: what earlier connections found out about the system
   * may be relied on. Where something is missed that is still there, nobody keeps it. @default false
   */
  readonly givesOnly?: boolean;
}

/** How an account is found: by the id kept from an earlier pass, else by the identity's id, else by user name. */
export interface AccountKey {
  readonly accountId?: string | undefined;
  readonly identityId: string;
  /** Undefined: by link and identity alone. */
  readonly userName?: string | undefined;
}

/** An account as it is cut off by: no more than that need be readable. */
export type AccountLocation = Pick<ObservedAccount, 'accountId' | 'userName'>;

/** Who takes over what an account owns. */
export interface Heir {
  /** The account of the successor (or the manager) in this system; undefined: the custodian named in the settings. */
  readonly account: Pick<ObservedAccount, 'accountId' | 'userName'> | undefined;
}

/** Accounts as they are, for reconciling. */
export interface AccountPage {
  readonly accounts: readonly ObservedAccount[];
  /** Where the next page begins, in the system's own words; undefined: this was the last. */
  readonly next?: string | undefined;
}

/**
 * One connected system. Every method throws one of core/errors.ts: `RetryableError` (throttled, unreachable, 5xx),
 * `PermanentError` (refused, malformed), `ConflictError` (the name belongs to somebody else). "Already so" and
 * "not there" are success: the caller reads back rather than trusting codes.
 */
export interface Target {
  /** The account, or undefined when there is none. Throws `ConflictError` when the user name is another identity's. */
  findAccount(key: AccountKey): Promise<ObservedAccount | undefined>;
  /**
   * The account without what it holds: cutting off must not wait for what a system cannot tell, or tells wrongly. Throws
   * as `findAccount` does.
   */
  locateAccount?(key: AccountKey): Promise<AccountLocation | undefined>;
  /** Creates the account, enabled and without grants; returns it. An account already there is returned as it is. */
  createAccount(profile: AccountProfile): Promise<ObservedAccount>;
  grant(account: ObservedAccount, grant: string): Promise<void>;
  /** Takes back what was called so when the account was read, by `grantIds` where the system tells them. */
  revoke(account: ObservedAccount, grant: string): Promise<void>;

  /**
   * Takes back several grants (at most 50) in as few requests as the system allows. Returns those that are certainly
   * gone; whatever it could not take is left to `revoke`, which says why: a shortcut, never a condition.
   */
  revokeAll?(account: ObservedAccount, grants: readonly string[]): Promise<readonly string[]>;
  /** New sign-ins are refused; what the account holds is kept. */
  disableAccount?(account: ObservedAccount): Promise<void>;
  /** An account without any grant lets its holder in: where it cannot be disabled, a person is told of whoever is on leave. */
  readonly admitsAlone?: boolean | undefined;
  enableAccount?(account: ObservedAccount): Promise<void>;
  /** Sessions already open end. */
  endSessions?(account: ObservedAccount): Promise<void>;
  /** One credential no longer works. Where it is a shared secret or belongs to a service it is rotated instead. */
  revokeCredential?(account: ObservedAccount, credential: Credential): Promise<void>;
  /** What the account owns belongs to the heir. Throws `PermanentError` when there is neither heir nor custodian. */
  transferOwnership?(account: ObservedAccount, heir: Heir): Promise<void>;
  /** The account is put where leavers' accounts are kept; needs nothing but to be disabled. */
  archiveAccount?(account: ObservedAccount): Promise<void>;
  updateAccount?(account: ObservedAccount, profile: AccountProfile): Promise<void>;
  /** The account is gone. Systems without `disableAccount` are cut off this way when the identity leaves. */
  deleteAccount?(account: ObservedAccount): Promise<void>;

  /** One page of all accounts, at most 200. Absent: the system cannot list them. */
  listAccounts?(from: string | undefined): Promise<AccountPage>;
  /** What the account that Tenure uses lacks, a line each; changes nothing. Empty: nothing. */
  checkPrivileges?(): Promise<readonly string[]>;
}
