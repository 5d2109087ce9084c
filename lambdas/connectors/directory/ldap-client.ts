// The LDAP wrapper of the directory connectors: one bound connection, time-outs, bounded retries and pages, and one
// classification of failures into core/errors.ts. Its errors carry operation and result code; never a DN or a message.
import type { Client, Control, Entry, Filter, SearchOptions } from 'ldapts';
import * as z from 'zod';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../../core/errors.ts';
import { errorOfSocketCode, noAnswerInTime } from '../../outbound/network-failure.ts';
import { RetryBudget } from '../../outbound/retry.ts';

/** Pages of one search at most: with the default page size, 100,000 entries. */
const MAX_PAGES = 500;
/** A connection that nothing uses is given back, since nobody tells a target that it is done with. */
const IDLE_MS = 1_000;

/** RFC 4511, appendix A: the only part of an answer that is passed on. */
const RESULT_NAMES: Readonly<Record<number, string>> = {
  1: 'operationsError',
  3: 'timeLimitExceeded',
  4: 'sizeLimitExceeded',
  8: 'strongerAuthRequired',
  10: 'referral',
  11: 'adminLimitExceeded',
  12: 'unavailableCriticalExtension',
  13: 'confidentialityRequired',
  16: 'noSuchAttribute',
  17: 'undefinedAttributeType',
  19: 'constraintViolation',
  20: 'attributeOrValueExists',
  21: 'invalidAttributeSyntax',
  32: 'noSuchObject',
  34: 'invalidDNSyntax',
  49: 'invalidCredentials',
  50: 'insufficientAccessRights',
  51: 'busy',
  52: 'unavailable',
  53: 'unwillingToPerform',
  64: 'namingViolation',
  65: 'objectClassViolation',
  66: 'notAllowedOnNonLeaf',
  67: 'notAllowedOnRDN',
  68: 'entryAlreadyExists',
  80: 'other',
};
const NO_SUCH_OBJECT = 32;
const ENTRY_ALREADY_EXISTS = 68;
/** slapd's answer to a request under the no-op control: it would have been carried out. */
const NO_OPERATION = 0x410e;
const NO_OPERATION_CONTROL = '1.3.6.1.4.1.4203.666.5.2';
const REFUSED_CREDENTIALS: ReadonlySet<number> = new Set([8, 13, 49, 50]);
const COMES_BY_ITSELF: ReadonlySet<number> = new Set([3, 51, 52, 80]);

export const distinguishedNameSchema = z
  .string()
  .max(1000)
  .regex(/^[A-Za-z][\w-]*=[^,]+(,[A-Za-z][\w-]*=[^,]+)*$/, 'expected a DN such as ou=people,dc=example,dc=com');

/** ldaps, or ldap to this very machine: the password must not travel in the clear. */
export const ldapUrlSchema = z
  .string()
  .max(300)
  .refine(isAcceptableUrl, { error: 'expected ldaps://host[:port] (ldap:// on loopback only), without path or query' });

export const pemCertificatesSchema = z
  .string()
  .max(100_000)
  .regex(/^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/, 'expected certificates in PEM');

export interface LdapClientOptions {
  /** Named in every error, e.g. `LDAP`. */
  readonly system: string;
  readonly url: string;
  readonly bindDn: string;
  readonly password: string;
  /** Accepted instead of the public certificate authorities, in PEM. */
  readonly certificateAuthorities?: string | undefined;
  /** The name in the server's certificate, where `url` has another. */
  readonly tlsServerName?: string | undefined;
  readonly pageSize: number;
  readonly callTimeoutMs: number;
}

export interface LdapChange {
  readonly operation: 'add' | 'delete' | 'replace';
  readonly attribute: string;
  /** None, with `replace`: the attribute is removed, if it is there. */
  readonly values: readonly string[] | readonly Buffer[];
}

/** `PermanentError` for a result that refuses this request, with what a connector needs to try another way. */
export class LdapRefusedError extends PermanentError {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

export type LdapAttributes = Readonly<Record<string, LdapChange['values']>>;

type Library = typeof import('ldapts');

export class LdapClient {
  readonly #library: Library;
  readonly #options: LdapClientOptions;
  readonly #budget = new RetryBudget();
  #client: Promise<Client> | undefined;
  #running = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  private constructor(library: Library, options: LdapClientOptions) {
    this.#library = library;
    this.#options = options;
  }

  /** Loads the library; the connection itself is made by the first call. */
  static async load(options: LdapClientOptions): Promise<LdapClient> {
    return new LdapClient(await import('ldapts'), options);
  }

  /** As errors name it. */
  get system(): string {
    return this.#options.system;
  }

  /** As whom Tenure is bound: a DN, or what else the server takes for a name. */
  get bindDn(): string {
    return this.#options.bindDn;
  }

  /** Every entry that matches. @throws NotFoundError when the base is not there */
  async search(base: string, options: SearchOptions): Promise<Entry[]> {
    return this.#run('search', async (client) => {
      const found: Entry[] = [];
      let pages = 0;
      for await (const page of client.searchPaginated(base, {
        ...options,
        paged: { pageSize: this.#options.pageSize },
      })) {
        found.push(...page.searchEntries);
        pages += 1;
        if (pages === MAX_PAGES)
          throw new PermanentError(`${this.#options.system} search: more than ${MAX_PAGES} pages`);
      }
      return found;
    });
  }

  /** The first `count` entries that match, in no order. */
  async searchFirst(base: string, options: SearchOptions, count: number): Promise<Entry[]> {
    return this.#run('search', async (client) => {
      const paged = { ...options, paged: { pageSize: count } };
      for await (const page of client.searchPaginated(base, paged)) return page.searchEntries;
      return [];
    });
  }

  /** The entry itself, undefined when it is not there. */
  async read(dn: string, attributes: string[]): Promise<Entry | undefined> {
    return this.#run(
      'read',
      async (client) => (await client.search(dn, { scope: 'base', attributes })).searchEntries[0],
    ).catch(ifNotThere);
  }

  /** @throws ConflictError when there is an entry by that name */
  async add(dn: string, attributes: LdapAttributes, controls: Control[] = []): Promise<void> {
    const { Attribute } = this.#library;
    const list = Object.entries(attributes).map(
      ([type, values]) => new Attribute({ type, values: [...values] as string[] | Buffer[] }),
    );
    await this.#run('add', (client) => client.add(dn, list, controls));
  }

  /**
   * Asks what `modify` would do, without its being done.
   *
   * @throws LdapRefusedError with the server's reason; 12 where it does not know OpenLDAP's no-op control
   */
  async modifyWithoutEffect(dn: string, change: LdapChange): Promise<void> {
    await this.modify(dn, [change], [this.#noOperation()]).catch(ifRefusedWith(NO_OPERATION));
  }

  /** The same for `add`. */
  async addWithoutEffect(dn: string, attributes: LdapAttributes): Promise<void> {
    await this.add(dn, attributes, [this.#noOperation()]).catch(ifRefusedWith(NO_OPERATION));
  }

  async modify(dn: string, changes: readonly LdapChange[], controls: Control[] = []): Promise<void> {
    const { Attribute, Change } = this.#library;
    const list = changes.map(({ operation, attribute, values }) => {
      const modification = new Attribute({ type: attribute, values: [...values] as string[] | Buffer[] });
      return new Change({ operation, modification });
    });
    await this.#run('modify', (client) => client.modify(dn, list, controls));
  }

  /** @param newParent undefined: the entry stays where it is */
  async move(dn: string, newName: string, newParent?: string): Promise<void> {
    // The library looks for the comma behind the name itself and is led astray by an escaped backslash before it.
    const name = newName.replaceAll(/\\(.)/gs, (pair, character: string) => (character === '\\' ? '\\5c' : pair));
    await this.#run('modifyDN', (client) =>
      client.modifyDN(dn, newParent === undefined ? name : `${name},${newParent}`),
    );
  }

  /** An entry that is not there is success. */
  async delete(dn: string): Promise<void> {
    await this.#run('delete', (client) => client.del(dn)).catch(ifNotThere);
  }

  /** `uid=...`, its value escaped by the library. Spaces around it are of no meaning in a directory. */
  nameOf(attribute: string, value: string): string {
    return new this.#library.DN().addPairRDN(attribute, value.trim()).toString();
  }

  equals(attribute: string, value: string | Buffer): Filter {
    return new this.#library.EqualityFilter({ attribute, value });
  }

  and(...filters: Filter[]): Filter {
    return new this.#library.AndFilter({ filters });
  }

  or(...filters: Filter[]): Filter {
    return new this.#library.OrFilter({ filters });
  }

  /** Every operation may be repeated: names are unique, values are a set, the rest sets or removes. */
  async #run<Result>(operation: string, call: (client: Client) => Promise<Result>): Promise<Result> {
    clearTimeout(this.#idleTimer);
    this.#running += 1;
    try {
      return await this.#budget.run(
        async () => {
          try {
            return await call(await this.#bound());
          } catch (error) {
            if (resultCodeOf(error) === undefined) this.#close();
            throw classify(error, `${this.#options.system} ${operation}`, this.#options.callTimeoutMs);
          }
        },
        () => true,
      );
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#idleTimer = setTimeout(() => this.#close(), IDLE_MS);
    }
  }

  #noOperation(): Control {
    return new this.#library.Control(NO_OPERATION_CONTROL, { critical: true });
  }

  async #bound(): Promise<Client> {
    this.#client ??= this.#bind();
    const client = this.#client;
    try {
      return await client;
    } catch (error) {
      if (this.#client === client) this.#client = undefined;
      throw error;
    }
  }

  async #bind(): Promise<Client> {
    const { url, bindDn, password, certificateAuthorities, tlsServerName, callTimeoutMs } = this.#options;
    const tlsOptions = {
      minVersion: 'TLSv1.2',
      ...(certificateAuthorities === undefined ? {} : { ca: certificateAuthorities }),
      ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    } as const;
    const client = new this.#library.Client({
      url,
      timeout: callTimeoutMs,
      connectTimeout: callTimeoutMs,
      // Without this the library reconnects anonymously, and an account that is not shown looks like one that is gone.
      autoRebind: true,
      // Any TLS options make the library speak TLS, to `ldap:` as well.
      ...(url.startsWith('ldaps:') ? { tlsOptions } : {}),
    });
    try {
      await client.bind(bindDn, password);
      return client;
    } catch (error) {
      // The library leaves the connection open after a refused bind, and the process would never end.
      await client.unbind().catch(() => {});
      throw error;
    }
  }

  #close(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.then((open) => open.unbind()).catch(() => {});
  }
}

/** The values of an attribute: directories answer names in their own spelling, and one value without a list. */
export function valuesOf(entry: Entry, attribute: string): string[] {
  return rawValuesOf(entry, attribute).map(String);
}

export function rawValuesOf(entry: Entry, attribute: string): (string | Buffer)[] {
  const wanted = attribute.toLowerCase();
  const key = Object.keys(entry).find((name) => name.toLowerCase() === wanted);
  const value = key === undefined ? undefined : entry[key];
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

export function firstValueOf(entry: Entry, attribute: string): string | undefined {
  return valuesOf(entry, attribute)[0] || undefined;
}

/** RFC 4514: the first name of a DN and what it lies in, as they are written. */
export function splitDn(dn: string): { readonly name: string; readonly parent: string } {
  const name = /^(?:\\.|"(?:\\.|[^"\\])*"|[^,"\\])+/s.exec(dn)?.[0] ?? dn;
  return { name, parent: dn.slice(name.length + 1) };
}

/** Is the DN that the server gave the other or below it? Bases are written by people: case and spaces do not count. */
export function isWithin(dn: string, base: string): boolean {
  const [inner, outer] = [dn, base].map((each) => each.toLowerCase().replaceAll(/\s*([,=])\s*/g, '$1'));
  return inner === outer || (inner?.endsWith(`,${outer}`) ?? false);
}

export function isSameDn(one: string, other: string): boolean {
  return isWithin(one, other) && isWithin(other, one);
}

/** Turns "not there" into undefined. */
export function ifNotThere(error: unknown): undefined {
  if (error instanceof NotFoundError) return undefined;
  throw error;
}

/** Lets pass what says that things are already so. */
export function ifRefusedWith(...codes: readonly number[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof LdapRefusedError && codes.includes(error.code))) throw error;
  };
}

/** Messages of a directory hold DNs and attribute values, so only the result code is passed on. */
function classify(error: unknown, what: string, callTimeoutMs: number): Error {
  if (error instanceof PermanentError) return error;
  const code = resultCodeOf(error);
  if (code !== undefined) return resultError(code, what);
  if (!(error instanceof Error)) return new PermanentError(`${what} failed`);
  if (/timed? ?out/i.test(error.message)) return noAnswerInTime(what, callTimeoutMs);
  const socketCode = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (socketCode !== undefined) return errorOfSocketCode(socketCode, what);
  // The library has no code for these: the connection was closed or was never there.
  if (/^(Socket |Connection closed)/.test(error.message)) return new RetryableError(`${what}: the connection was lost`);
  return new PermanentError(`${what} failed: ${error.name}`);
}

function resultError(code: number, what: string): Error {
  const message = `${what} answered ${code}${RESULT_NAMES[code] === undefined ? '' : ` (${RESULT_NAMES[code]})`}`;
  if (COMES_BY_ITSELF.has(code)) return new RetryableError(message);
  if (code === NO_SUCH_OBJECT) return new NotFoundError(message);
  if (code === ENTRY_ALREADY_EXISTS) return new ConflictError(message);
  return new LdapRefusedError(
    REFUSED_CREDENTIALS.has(code) ? `${message}: is Tenure's own account right?` : message,
    code,
  );
}

function resultCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

function isAcceptableUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '' || url.username !== '' || url.password !== '') return false;
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') return false;
  return (
    url.protocol === 'ldaps:' ||
    (url.protocol === 'ldap:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname))
  );
}
