// PostgreSQL: an account is a role that may log in, a grant is membership in another role. Tenure's role borrows the
// rights to hand over what a leaver owns for one transaction, so that it needs no superuser.
import type { Client, ClientConfig } from 'pg';
import * as z from 'zod';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../core/errors.ts';
import type { ObservedAccount } from '../core/systems/account.ts';
import type { AccountProfile } from '../core/systems/account-profile.ts';
import { errorOfSocketCode, noAnswerInTime } from '../outbound/network-failure.ts';
import { RetryBudget } from '../outbound/retry.ts';
import { findOwnAccount } from './contract/account-finding.ts';
import type {
  AccountKey,
  AccountLocation,
  AccountPage,
  ApiConnector,
  Connection,
  Heir,
  Target,
} from './contract/connector.ts';
import { grantsOf, idsBehind } from './contract/held-groups.ts';

/** NAMEDATALEN - 1: the server cuts longer names off without a word. */
const MAX_NAME_BYTES = 63;
const MAX_LISTED = 200;
/** A connection that nothing uses is given back, since nobody tells a target that it is done with. */
const IDLE_MS = 1_000;
/** How long the server waits for each backend to end. */
const TERMINATION_MS = 2_000;
/** On the last line of the role's comment, behind the display name. */
const OWNER_PREFIX = 'urn:tenure:identity:';

const nameSchema = z
  .string()
  .min(1)
  .refine((name) => Buffer.byteLength(name) <= MAX_NAME_BYTES && !name.includes('\0'), {
    error: `expected at most ${MAX_NAME_BYTES} bytes`,
  });

const settingsSchema = z.strictObject({
  /** TLS is required, but to this very machine. */
  host: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9.:_-]+$/, 'expected a host name or an IP address'),
  port: z.int().min(1).max(65_535).default(5432),
  /** Where Tenure connects to; roles belong to the whole cluster. */
  database: nameSchema.default('postgres'),
  /** Where what a leaver owns may be handed over. @default every database it owns something in */
  databases: z.array(nameSchema).min(1).max(100).optional(),
  /** The certificate authorities to accept instead of the public ones, in PEM (Amazon RDS has its own). */
  certificateAuthorities: z
    .string()
    .max(400_000)
    .regex(/^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/, 'expected certificates in PEM')
    .optional(),
  /** The role that takes over what a leaver without a successor owned. */
  custodian: nameSchema.optional(),
  pageSize: z.int().min(1).max(MAX_LISTED).default(100),
});

const secretSchema = z.strictObject({
  user: nameSchema,
  password: z.string().min(1).max(1024),
});

export type PostgresqlSettings = z.infer<typeof settingsSchema>;
export type PostgresqlSecret = z.infer<typeof secretSchema>;

export const postgresql: ApiConnector<PostgresqlSettings, PostgresqlSecret> = {
  kind: 'api',
  type: 'postgresql',
  title: 'PostgreSQL: roles, memberships, open sessions, and what a role owns',
  testedAgainst: 'PostgreSQL 15',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: [
    "`CREATE ROLE tenure LOGIN CREATEROLE PASSWORD '...'`",
    '`GRANT pg_signal_backend TO tenure`: ends the sessions of others, but not those of superusers',
    '`GRANT CONNECT ON DATABASE ... TO tenure`, where PUBLIC has lost it and a leaver may own something',
    'From PostgreSQL 16, for each role that is a grant: `GRANT ... TO tenure WITH ADMIN OPTION`',
  ],
  limits: [
    'Superusers can only be changed by superusers: Tenure reports them and is refused',
    'Rights given to the role itself (GRANT SELECT ... TO ada) are no grants: give them to roles that people are members of',
    'Rights on what a superuser owns keep a role from being deleted, until a superuser takes them back',
    'The password is removed with the right to log in: who returns gets a new one; VALID UNTIL is then infinity',
    'The comment of a role that was there before is replaced',
    'What a role owns is handed over to a role that may create in the same schemas',
  ],
  connect: async (connection) => new PostgresqlTarget(await import('pg'), connection),
};

/**
 * Nobody's: Tenure's own role, those made with the cluster (below FirstNormalObjectId, pg_*), and those of the providers'
 * own (Amazon RDS, Cloud SQL, AlloyDB, Azure), which look like anybody's.
 */
const IS_RESERVED = `(r.oid < 16384 OR r.rolname IN (current_user, session_user)
  OR r.rolname ~ '^(pg_|rds_|rdsadmin|rdsproxy|rdstopmgr|rdsrepladmin|cloudsql|alloydb|azure_|azuresu)')`;
/** Whoever may act past all rights, or give them away. */
const IS_PRIVILEGED = '(r.rolsuper OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls)';
const ROLE_COLUMNS = `
  r.oid::text AS id, r.rolname::text AS name, r.rolcanlogin AS "mayLogIn",
  shobj_description(r.oid, 'pg_authid') AS comment,
  ${IS_RESERVED} AS reserved, ${IS_PRIVILEGED} AS privileged,
  ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid
    ORDER BY g.oid) AS grants,
  ARRAY(SELECT g.oid::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid
    ORDER BY g.oid) AS "grantIds",
  (SELECT count(*)::int FROM pg_stat_activity a WHERE a.usesysid = r.oid) AS sessions,
  ARRAY(
    SELECT coalesce(d.datname::text || ': ', '') || count(*) || ' in ' || s.classid::regclass
    FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
    WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid AND s.deptype = 'o'
    GROUP BY d.datname, s.classid LIMIT 100
  ) AS owns`;
/** A role that may not log in and is nobody's is a group of rights; the server's own are called pg_. */
const IS_ACCOUNT = `(r.rolcanlogin OR position('${OWNER_PREFIX}' IN shobj_description(r.oid, 'pg_authid')) > 0)`;

const roleSchema = z.object({
  id: z.string(),
  name: z.string(),
  mayLogIn: z.boolean(),
  comment: z.string().nullable(),
  reserved: z.boolean(),
  privileged: z.boolean(),
  grants: z.array(z.string()),
  /** The same roles by their OIDs, which renaming leaves as they are. */
  grantIds: z.array(z.string()),
  sessions: z.int(),
  owns: z.array(z.string()),
});
type Role = z.infer<typeof roleSchema>;

type Library = Pick<typeof import('pg'), 'Client' | 'escapeIdentifier' | 'escapeLiteral'>;

class PostgresqlTarget implements Target {
  readonly #library: Library;
  readonly #connection: Connection<PostgresqlSettings, PostgresqlSecret>;
  readonly #settings: PostgresqlSettings;
  readonly #budget = new RetryBudget();
  readonly #clients = new Map<string, Promise<Client>>();
  #running = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(library: Library, connection: Connection<PostgresqlSettings, PostgresqlSecret>) {
    this.#library = library;
    this.#connection = connection;
    this.#settings = connection.settings;
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const role = await this.#find(key);
    return role && observe(role);
  }

  async locateAccount(key: AccountKey): Promise<AccountLocation | undefined> {
    const found = await this.#find(key);
    return found && { accountId: found.id, userName: found.name };
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const existing = await this.#find(profile);
    if (existing !== undefined) return observe(existing);
    const name = this.#quoted(profile.userName);
    try {
      // One message without parameters is one transaction.
      await this.#command('CREATE ROLE', `CREATE ROLE ${name} LOGIN; ${this.#commentOn(name, profile)}`);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody was faster: this identity's earlier call, or another identity.
    }
    const role = await this.#find(profile);
    if (role === undefined) throw new RetryableError('PostgreSQL: the role just created is not there yet');
    return observe(role);
  }

  async updateAccount({ accountId }: ObservedAccount, profile: AccountProfile): Promise<void> {
    const role = await this.#mustById(accountId);
    const [from, to] = [this.#quoted(role.name), this.#quoted(profile.userName)];
    const rename = role.name === profile.userName ? '' : `ALTER ROLE ${from} RENAME TO ${to}; `;
    await this.#command('ALTER ROLE', `${rename}${this.#commentOn(to, profile)}`);
  }

  async disableAccount({ accountId }: ObservedAccount): Promise<void> {
    const role = await this.#byId(accountId);
    if (role === undefined) return;
    const change = `ALTER ROLE ${this.#quoted(role.name)} NOLOGIN PASSWORD NULL VALID UNTIL '1970-01-01 00:00:00Z'`;
    await this.#command('ALTER ROLE', change).catch(ifNotThere);
  }

  async enableAccount({ accountId }: ObservedAccount): Promise<void> {
    const role = await this.#mustById(accountId);
    if (role.mayLogIn) return;
    await this.#command('ALTER ROLE', `ALTER ROLE ${this.#quoted(role.name)} LOGIN VALID UNTIL 'infinity'`);
  }

  async endSessions({ accountId }: ObservedAccount): Promise<void> {
    if (!isRoleId(accountId)) return;
    const terminate = 'SELECT pg_terminate_backend(pid, $2) FROM pg_stat_activity WHERE usesysid = $1::oid';
    await this.#query('pg_terminate_backend', terminate, [accountId, TERMINATION_MS]);
  }

  /** @throws PermanentError when there is no such role: it is never created silently, since nobody reviewed it. */
  async grant({ accountId }: ObservedAccount, grant: string): Promise<void> {
    const role = await this.#mustById(accountId);
    if (!(await this.#isRole(grant)))
      throw new PermanentError(`PostgreSQL: there is no role "${grant}": create it, or correct the grant`);
    if (role.grants.includes(grant)) return;
    await this.#command('GRANT', `GRANT ${this.#quoted(grant)} TO ${this.#quoted(role.name)}`);
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const role = await this.#byId(account.accountId);
    if (role !== undefined) await this.#revokeFrom(role, account, [grant]).catch(ifNotThere);
  }

  /** One statement takes all or nothing: where it is refused, each is left to be taken by itself. */
  async revokeAll(account: ObservedAccount, grants: readonly string[]): Promise<readonly string[]> {
    const role = await this.#byId(account.accountId);
    try {
      if (role !== undefined) await this.#revokeFrom(role, account, grants);
      return grants;
    } catch (error) {
      if (error instanceof RetryableError) throw error;
      return [];
    }
  }

  async transferOwnership({ accountId }: ObservedAccount, heir: Heir): Promise<void> {
    const role = await this.#byId(accountId);
    if (role === undefined || role.owns.length === 0) return;
    const newOwner =
      heir.account === undefined ? this.#settings.custodian : (await this.#mustById(heir.account.accountId)).name;
    await this.#handOver(role, newOwner);
  }

  /** What it owned goes to the custodian; nothing of it is dropped but rights. */
  async deleteAccount(account: ObservedAccount): Promise<void> {
    const role = await this.#byId(account.accountId);
    if (role === undefined) return;
    // A session could create more while the rest is handed over.
    await this.disableAccount(account);
    await this.endSessions(account);
    if (role.owns.length > 0) await this.#handOver(role, this.#settings.custodian);
    const name = this.#quoted(role.name);
    for (const database of await this.#databasesOf(role, 'rights')) {
      const owners = await this.#ownersOfWhatItMayUse(role, database);
      await this.#borrowing(database, [role.name, ...owners], async (client) => {
        const owned = await client.query(OWNED_HERE, [role.id]);
        if (owned.rowCount !== 0)
          throw new RetryableError('PostgreSQL: the role owns something again, nothing dropped');
        await client.query(`DROP OWNED BY ${name}`);
      });
    }
    await this.#command('DROP ROLE', `DROP ROLE IF EXISTS ${name}`);
  }

  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const { pageSize } = this.#settings;
    const roles = await this.#roles(
      `${IS_ACCOUNT} AND NOT ${IS_RESERVED} AND r.oid > $1::oid ORDER BY r.oid LIMIT ${pageSize + 1}`,
      [from ?? '0'],
    );
    const page = roles.slice(0, pageSize);
    return { accounts: page.map(observe), next: roles.length > pageSize ? page.at(-1)?.id : undefined };
  }

  async checkPrivileges(): Promise<readonly string[]> {
    const { custodian, databases = [] } = this.#settings;
    const asked = `SELECT r.rolcreaterole OR r.rolsuper AS "mayCreateRoles",
      r.rolsuper OR pg_has_role(r.oid, 'pg_signal_backend', 'MEMBER') AS "mayEndSessions"
      FROM pg_roles r WHERE r.rolname = current_user`;
    const [own] = await this.#query('pg_roles', asked, []);
    const lacking: string[] = [];
    if (own?.['mayCreateRoles'] !== true) lacking.push('CREATEROLE');
    if (own?.['mayEndSessions'] !== true) lacking.push('membership in pg_signal_backend');
    if (custodian !== undefined && !(await this.#isRole(custodian))) lacking.push(`the custodian's role ${custodian}`);
    for (const database of databases) {
      const mayConnect = `SELECT has_database_privilege(d.oid, 'CONNECT') AS "is" FROM pg_database d WHERE d.datname = $1`;
      const [found] = await this.#query('pg_database', mayConnect, [database]);
      if (found?.['is'] !== true) lacking.push(`CONNECT on database ${database}, or there is none`);
    }
    return lacking;
  }

  /** By the roles that were meant when the account was read, whatever they are called now. */
  async #revokeFrom(role: Role, account: ObservedAccount, grants: readonly string[]): Promise<void> {
    const meant = new Set(grants.flatMap((grant) => idsBehind(account, grant)));
    const isUntold = (grant: string) => grants.includes(grant) && idsBehind(account, grant).length === 0;
    const names = role.grants.filter((grant, index) => meant.has(role.grantIds[index] ?? '') || isUntold(grant));
    const held = [...new Set(names)].map((grant) => this.#quoted(grant));
    if (held.length === 0) return;
    await this.#command('REVOKE', `REVOKE ${held.join(', ')} FROM ${this.#quoted(role.name)}`);
  }

  async #handOver(role: Role, newOwner: string | undefined): Promise<void> {
    if (newOwner === undefined)
      throw new PermanentError('PostgreSQL: nobody can take over what the account owns: set `custodian`');
    const reassignment = `REASSIGN OWNED BY ${this.#quoted(role.name)} TO ${this.#quoted(newOwner)}`;
    for (const database of await this.#databasesOf(role, 'objects')) {
      await this.#borrowing(database, [role.name, newOwner], async (client) => {
        await client.query(reassignment);
      });
    }
  }

  /** @throws PermanentError when one of them is not among the settings' */
  async #databasesOf(role: Role, what: 'objects' | 'rights'): Promise<readonly string[]> {
    const { database, databases } = this.#settings;
    const concerned = `SELECT DISTINCT coalesce(d.datname::text, $2) AS name
      FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
      WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = $1::oid ${what === 'objects' ? "AND s.deptype = 'o'" : ''}`;
    const names = (await this.#query('pg_shdepend', concerned, [role.id, database])).map(({ name }) => String(name));
    const others = names.filter((name) => databases !== undefined && name !== database && !databases.includes(name));
    if (others.length > 0)
      throw new PermanentError(
        `PostgreSQL: the account owns or may use something in ${others.join(', ')}: add to databases`,
      );
    return names.sort();
  }

  /** Only an owner takes rights back; those of superusers stay, since nobody may borrow a superuser's. */
  async #ownersOfWhatItMayUse(role: Role, database: string): Promise<readonly string[]> {
    const { rows } = await this.#run('pg_shdepend', database, (client) => client.query(OWNERS_HERE, [role.id]));
    return rows.map(({ name }) => String(name));
  }

  /** Runs a transaction as a member of these roles, which Tenure's role is for its length only. */
  async #borrowing(database: string, roles: readonly string[], act: (client: Client) => Promise<void>): Promise<void> {
    await this.#run('REASSIGN OWNED', database, async (client) => {
      await client.query('BEGIN');
      try {
        const own = this.#quoted(this.#connection.secret.user);
        const borrowed: string[] = [];
        for (const role of new Set(roles)) {
          const { rows } = await client.query(`SELECT pg_has_role(current_user, $1::name, 'MEMBER') AS "is"`, [role]);
          if (rows[0]?.is !== true) borrowed.push(this.#quoted(role));
        }
        for (const role of borrowed) await client.query(`GRANT ${role} TO ${own}`);
        await act(client);
        for (const role of borrowed) await client.query(`REVOKE ${role} FROM ${own}`);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  #find(key: AccountKey): Promise<Role | undefined> {
    return findOwnAccount<Role>(key, {
      system: 'PostgreSQL',
      carriedIn: 'comment',
      byId: (accountId) => this.#byId(accountId),
      byIdentity: async (identityId) => {
        const carries = `right(shobj_description(r.oid, 'pg_authid'), length($1)) = $1`;
        const found = await this.#roles(carries, [OWNER_PREFIX + identityId]);
        return found.filter((role) => ownerOf(role) === identityId);
      },
      byUserName: async (userName) => {
        const [named] = await this.#roles('r.rolname = $1', [userName]);
        if (named !== undefined && !named.mayLogIn && ownerOf(named) === undefined)
          throw new ConflictError('PostgreSQL: the name is taken by a role that is a group');
        return named;
      },
      identityOf: ownerOf,
      // A privileged role that nobody has marked as somebody's is an administrator's tool until a person says otherwise.
      isReserved: (role) => role.reserved || (role.privileged && ownerOf(role) === undefined),
    });
  }

  async #byId(accountId: string): Promise<Role | undefined> {
    return isRoleId(accountId) ? (await this.#roles('r.oid = $1::oid', [accountId]))[0] : undefined;
  }

  async #mustById(accountId: string): Promise<Role> {
    const role = await this.#byId(accountId);
    if (role === undefined) throw new NotFoundError('PostgreSQL: the role is not there');
    return role;
  }

  async #isRole(name: string): Promise<boolean> {
    return (await this.#query('pg_roles', 'SELECT 1 FROM pg_roles WHERE rolname = $1', [name])).length > 0;
  }

  async #roles(condition: string, values: readonly unknown[]): Promise<Role[]> {
    const rows = await this.#query('pg_roles', `SELECT ${ROLE_COLUMNS} FROM pg_roles r WHERE ${condition}`, values);
    return rows.map((row) => roleSchema.parse(row));
  }

  #commentOn(name: string, { displayName, identityId }: AccountProfile): string {
    const comment = `${displayName}\n${OWNER_PREFIX}${identityId}`;
    return `COMMENT ON ROLE ${name} IS ${this.#library.escapeLiteral(comment)}`;
  }

  /** @throws PermanentError for a name that the server would cut off: it could then be somebody else's */
  #quoted(name: string): string {
    if (!nameSchema.safeParse(name).success)
      throw new PermanentError(`PostgreSQL: a name is longer than ${MAX_NAME_BYTES} bytes`);
    return this.#library.escapeIdentifier(name);
  }

  async #command(operation: string, text: string): Promise<void> {
    await this.#run(operation, this.#settings.database, (client) => client.query(text));
  }

  #query(operation: string, text: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> {
    return this.#run(operation, this.#settings.database, async (client) => {
      return (await client.query<Record<string, unknown>>(text, [...values])).rows;
    });
  }

  /** Every command may be repeated: names are unique, the rest sets or removes. */
  async #run<Result>(operation: string, database: string, call: (client: Client) => Promise<Result>): Promise<Result> {
    clearTimeout(this.#idleTimer);
    this.#running += 1;
    try {
      return await this.#budget.run(
        async () => {
          try {
            return await call(await this.#client(database));
          } catch (error) {
            const failure = classify(error, `PostgreSQL ${operation}`, this.#connection.callTimeoutMs);
            // What is left of a call that was given up would answer the next one.
            if (failure instanceof RetryableError) this.#close();
            throw failure;
          }
        },
        () => true,
      );
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#idleTimer = setTimeout(() => this.#close(), IDLE_MS);
    }
  }

  async #client(database: string): Promise<Client> {
    const client = this.#clients.get(database) ?? this.#open(database);
    this.#clients.set(database, client);
    try {
      return await client;
    } catch (error) {
      if (this.#clients.get(database) === client) this.#clients.delete(database);
      throw error;
    }
  }

  async #open(database: string): Promise<Client> {
    const { settings, secret, callTimeoutMs } = this.#connection;
    const client = new this.#library.Client({
      host: settings.host,
      port: settings.port,
      database,
      ...secret,
      ssl: tlsOf(settings),
      application_name: 'tenure',
      connectionTimeoutMillis: callTimeoutMs,
      query_timeout: callTimeoutMs,
      statement_timeout: callTimeoutMs,
      lock_timeout: callTimeoutMs,
    });
    client.on('error', () => {
      // The next call notices; without a listener the process would end.
      this.#clients.delete(database);
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  }

  #close(): void {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of clients) client.then((open) => open.end()).catch(() => {});
  }
}

/** What is in this database or belongs to the whole cluster. */
const IS_HERE = '(0, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))';
const OWNERS_HERE = `SELECT DISTINCT o.rolname::text AS name
  FROM pg_shdepend s
  JOIN pg_shdepend a ON a.dbid = s.dbid AND a.classid = s.classid AND a.objid = s.objid
  JOIN pg_roles o ON o.oid = s.refobjid AND NOT o.rolsuper
  WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND s.dbid IN ${IS_HERE}
  AND a.refclassid = 'pg_authid'::regclass AND a.refobjid = $1::oid AND a.deptype = 'a'`;
const OWNED_HERE = `SELECT 1 FROM pg_shdepend s
  WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = $1::oid AND s.deptype = 'o'
  AND s.dbid IN ${IS_HERE}`;

function tlsOf({ host, certificateAuthorities }: PostgresqlSettings): ClientConfig['ssl'] {
  if (certificateAuthorities !== undefined) return { ca: certificateAuthorities };
  return ['127.0.0.1', '::1', 'localhost'].includes(host) ? false : { rejectUnauthorized: true };
}

function observe(role: Role): ObservedAccount {
  return {
    accountId: role.id,
    userName: role.name,
    enabled: role.mayLogIn,
    ...grantsOf(role.grants.map((name, index) => ({ name, id: role.grantIds[index] }))),
    attributes: { displayName: displayNameOf(role) },
    openSessions: role.sessions,
    owns: [...role.owns].sort(),
  };
}

function ownerOf({ comment }: Role): string | undefined {
  const lastLine = comment?.slice(comment.lastIndexOf('\n') + 1) ?? '';
  return lastLine.startsWith(OWNER_PREFIX) ? lastLine.slice(OWNER_PREFIX.length) : undefined;
}

/** Empty for a comment that Tenure did not write: the first value is then a difference. */
function displayNameOf(role: Role): string {
  return ownerOf(role) === undefined ? '' : (role.comment?.slice(0, role.comment.lastIndexOf('\n')) ?? '');
}

function isRoleId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32;
}

function ifNotThere(error: unknown): void {
  if (!(error instanceof NotFoundError)) throw error;
}

/** Messages of the server hold role names, so only the SQLSTATE is passed on (PostgreSQL's documentation, appendix A). */
function classify(error: unknown, what: string, callTimeoutMs: number): Error {
  if (error instanceof PermanentError || error instanceof RetryableError) return error;
  if (!(error instanceof Error)) return new PermanentError(`${what} failed`);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) return stateError(code, what);
  if (code !== undefined) return errorOfSocketCode(code, what);
  if (/time ?out/i.test(error.message)) return noAnswerInTime(what, callTimeoutMs);
  // The library has no code for these.
  if (/connection (terminated|ended)|not queryable|client was closed/i.test(error.message))
    return new RetryableError(`${what}: the connection was lost`);
  return new PermanentError(`${what} failed: ${error.name}`);
}

function stateError(code: string, what: string): Error {
  const message = `${what} answered ${code}`;
  // Connection lost, no resources, a lock or a statement given up, the server stopping or starting.
  if (/^(08|53|40|55P03|57014|57P0)/.test(code)) return new RetryableError(message);
  if (code.startsWith('28')) return new PermanentError(`${message}: the credentials were refused`);
  if (code === '42501') return new PermanentError(`${message}: Tenure's role may not do this`);
  if (code === '2BP01')
    return new PermanentError(
      `${message}: rights on what a superuser owns are left, which only a superuser can take back`,
    );
  if (code === '42704') return new NotFoundError(message);
  // A unique violation is two calls that create the same role at once.
  if (code === '42710' || code === '23505') return new ConflictError(message);
  return new PermanentError(message);
}
