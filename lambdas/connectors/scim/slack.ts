// Slack: members and groups through its SCIM API, by the SCIM connector; sessions through the Web API, which SCIM lacks.
import * as z from 'zod';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import { HttpClient } from '../../outbound/http-client.ts';
import { webAddressSchema } from '../../outbound/web-address.ts';
import type { AccountKey, AccountLocation, ApiConnector, Connection } from '../contract/connector.ts';
import { ScimTarget, scim } from './scim.ts';

/** Slack's longest user name. */
const MAX_NAME_LENGTH = 21;

const settingsSchema = z.strictObject({
  scimUrl: webAddressSchema.default('https://api.slack.com/scim/v2'),
  apiUrl: webAddressSchema.default('https://slack.com/api'),
  /** Is the organisation on an Enterprise plan? Only there can sessions be ended. */
  enterprise: z.boolean().default(true),
  pageSize: z.int().min(1).max(1000).default(100),
});

const secretSchema = z.strictObject({
  /** Of an owner of the organisation: `xoxp-...`. */
  token: z.string().regex(/^xox[a-z]-[A-Za-z0-9-]{10,500}$/, 'expected a user token of Slack, xoxp-...'),
});

export type SlackSettings = z.infer<typeof settingsSchema>;
export type SlackSecret = z.infer<typeof secretSchema>;

export const slack: ApiConnector<SlackSettings, SlackSecret> = {
  kind: 'api',
  type: 'slack',
  title: 'Slack: members, deactivation, identity provider groups, sessions',
  testedAgainst:
    'no real Slack: SCIMMY 1.3 for its SCIM API, a stand-in written from Slack’s reference for auth.test and admin.users.session.reset',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: [
    'A user token (xoxp-) of an owner with the scope `admin`, which the SCIM API asks for; on an Enterprise plan the app is installed on the organisation',
    '`admin.users:write` beside it, to end sessions',
  ],
  limits: [
    'Slack never deletes a member: deactivated, it keeps its messages and can be activated again',
    'Sessions are ended on Enterprise plans only; elsewhere it is Slack that signs out whom it deactivates',
    'A user name has 21 characters, a to z, digits, `.`, `_` and `-`: it is made from what stands before the @; people sign in by e-mail address, which every member needs',
    'Channels, workflows and apps that a member owns stay; tokens of apps that a member installed are revoked by Slack when it is deactivated',
    'Guests, roles and the primary owner are managed in Slack: a primary owner can be neither deactivated nor signed out',
  ],
  connect: (connection) => new SlackTarget(connection),
};

const RESET = 'admin.users.session.reset';
/** A member that never is, for a call that shows whether it is allowed and ends nobody's sessions. */
const NOBODY = 'U00000000';
const answerSchema = z.object({ ok: z.boolean(), error: z.string().optional(), user_id: z.string().optional() });
/** Errors of the Web API that pass by themselves. */
const PASSING = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'ratelimited', 'request_timeout']);

class SlackTarget extends ScimTarget {
  readonly #api: HttpClient;
  /** Absent where Slack has no such operation. */
  readonly endSessions?: (account: ObservedAccount) => Promise<void>;

  constructor(connection: Connection<SlackSettings, SlackSecret>) {
    const { settings, secret, callTimeoutMs } = connection;
    const { scimUrl, apiUrl, enterprise, pageSize } = settings;
    super({
      ...connection,
      settings: scim.settings.parse({ baseUrl: scimUrl, pageSize, provider: 'slack' }),
      secret: { token: secret.token },
    });
    this.#api = new HttpClient({ system: 'Slack', baseUrl: apiUrl, bearerToken: secret.token, callTimeoutMs });
    if (enterprise) this.endSessions = (account) => this.#resetSessions(account);
  }

  override findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    return super.findAccount({ ...key, userName: key.userName && slackName(key.userName) });
  }

  override locateAccount(key: AccountKey): Promise<AccountLocation | undefined> {
    return super.locateAccount({ ...key, userName: key.userName && slackName(key.userName) });
  }

  override createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    return super.createAccount(named(profile));
  }

  override updateAccount(account: ObservedAccount, profile: AccountProfile): Promise<void> {
    return super.updateAccount(account, named(profile));
  }

  override async checkPrivileges(): Promise<readonly string[]> {
    const error = await this.#call('auth.test', {});
    if (error !== undefined) return [`Slack does not accept the token (${error})`];
    const lacking = (await super.checkPrivileges()).map((line) => `${line} (has the token the scope \`admin\`?)`);
    const refusal = this.endSessions && (await this.#call(RESET, { user_id: NOBODY }));
    return refusal === undefined || refusal === 'user_not_found' ? lacking : [...lacking, `${RESET} (${refusal})`];
  }

  async #resetSessions({ accountId }: ObservedAccount): Promise<void> {
    const error = await this.#call(RESET, { user_id: accountId });
    if (error === undefined || error === 'user_not_found') return;
    throw new PermanentError(`Slack ${RESET} was refused (${error})`);
  }

  /** Slack's SCIM API has no /Me. */
  protected override async ownUserId(): Promise<string | undefined> {
    return (await this.#ask('auth.test', {})).user_id;
  }

  async #ask(method: string, body: object): Promise<z.infer<typeof answerSchema>> {
    const answer = await this.#api.send({ method: 'POST', path: `/${method}`, body, idempotent: true });
    const parsed = answerSchema.safeParse(answer);
    if (!parsed.success) throw new PermanentError(`Slack ${method}: the answer is not what the API describes`);
    return parsed.data;
  }

  /** The Web API answers 200 and says in the body what is wrong. @returns its error, from Slack's own list */
  async #call(method: string, body: object): Promise<string | undefined> {
    const answer = await this.#ask(method, body);
    if (answer.ok) return undefined;
    const { error = '' } = answer;
    const code = /^[a-z_]{1,60}$/.test(error) ? error : 'unknown_error';
    if (PASSING.has(code)) throw new RetryableError(`Slack ${method} failed (${code})`);
    return code;
  }
}

function named(profile: AccountProfile): AccountProfile {
  return { ...profile, userName: slackName(profile.userName) };
}

/** The part before the @ in Slack's alphabet. */
export function slackName(userName: string): string {
  const local = userName.split('@')[0] ?? '';
  const name = local.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-');
  return name.slice(0, MAX_NAME_LENGTH);
}
