// What a reconciliation of a large system costs, and whether it comes to its end: the real handlers and state machine over
// stores that charge as DynamoDB does, by the size of what is read and written, in virtual time. Prices are of us-east-1
// in autumn 2026. Made by arithmetic alone, so that every run counts the same.
import type { AccountPage, Target } from '../../lambdas/connectors/contract/connector.ts';
import type { AccountRecord } from '../../lambdas/core/access/account-record.ts';
import type { IdentityHeader, IdentityRecord } from '../../lambdas/core/access/identity-record.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { factIdOf, type JoinerFact } from '../../lambdas/core/identity/facts.ts';
import { summaryAt } from '../../lambdas/core/identity/identity-summary.ts';
import { buildTimeline } from '../../lambdas/core/identity/timeline.ts';
import type { ObservedAccount } from '../../lambdas/core/systems/account.ts';
import { beginReconciliation } from '../../lambdas/handlers/reconciliation/begin-reconciliation.ts';
import { findMissingAccess } from '../../lambdas/handlers/reconciliation/find-missing-access.ts';
import { finishReconciliation } from '../../lambdas/handlers/reconciliation/finish-reconciliation.ts';
import { callApplication } from '../../lambdas/handlers/systems/call-application.ts';
import { rateLimitedConnect } from '../../lambdas/handlers/systems/rate-limited-target.ts';
import type { ReconciliationReport } from '../../lambdas/stores/reconciliations/reconciliation-store.ts';
import { Workflows } from '../simulation/workflows.ts';
import { memoryRateLimits } from '../support/memory-rate-limits.ts';
import { memoryReconciliations } from '../support/memory-reconciliations.ts';
import { memoryStores } from '../support/memory-stores.ts';

const START = Date.parse('2026-11-23T03:00:00Z');
const SINCE_MS = START - 30 * 86_400_000;
const PAGE = 200;
/** Other applications in which everybody has an account, whose records lie beside this one's. */
const OTHER_APPLICATIONS = 14;
/** Of identities: one in so many has too much, lacks something, or has no account at all. */
const ONE_IN = 200;
const GRANTS = ['everyone', 'sales-room'];

/** Dollars. */
const READ_UNIT = 0.125e-6;
const WRITE_UNIT = 0.625e-6;
const TRANSITION = 0.025e-3;
const INVOCATION = 0.2e-6;
/** 512 MB of Graviton for a millisecond. */
const FUNCTION_MS = (0.5 * 0.0000133334) / 1_000;
const READ_BYTES = 4_096;
const WRITE_BYTES = 1_024;
/** Of ten requests at once each takes a tenth. */
const REQUEST_MS = 0.5;
const PAGE_MS = 300;
const MEGABYTE_MS = 20;

export interface Company {
  readonly accounts: number;
  readonly identities: number;
}

export interface Reconciled {
  readonly status: string;
  readonly report: ReconciliationReport | undefined;
  readonly executions: number;
  readonly transitions: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly functionMs: number;
  readonly dollars: number;
}

interface Row extends Company {
  /**
   * What a run of 8aecdff cost, by this file over its handlers (with an item for each identity that was seen): dollars, and
   * how many accounts it saw.
   */
  readonly before: { readonly dollars: number; readonly accounts: number };
}

const ROWS: readonly Row[] = [
  { accounts: 1_000, identities: 100_000, before: { dollars: 0.0657, accounts: 1_000 } },
  { accounts: 100_000, identities: 100_000, before: { dollars: 0.1618, accounts: 100_000 } },
  // Of these it saw the first tenth, and nobody was said to be missing.
  { accounts: 1_000_000, identities: 100_000, before: { dollars: 0.1228, accounts: 100_000 } },
];

export async function printReconciliations(): Promise<void> {
  console.log('\nWhat does a run cost, and does it come to its end? Dollars for each 100,000 accounts that were seen.');
  const line = (cells: readonly string[]) => console.log(cells.map((cell) => cell.padStart(14)).join(''));
  line(['accounts', 'identities', 'seen before', 'seen now', 'missing', 'before', 'now', 'steps', 'hours']);
  for (const row of ROWS) {
    const { report, dollars, transitions, functionMs } = await reconcileCompany(row);
    const each = (price: number, accounts: number) => `$${((price / accounts) * 100_000).toFixed(4)}`;
    line([
      String(row.accounts),
      String(row.identities),
      String(row.before.accounts),
      String(report?.accounts ?? 0) + (report?.incomplete === undefined ? '' : ' of more'),
      String(report?.counts.missing ?? '?'),
      each(row.before.dollars, row.before.accounts),
      each(dollars, report?.accounts ?? 0),
      String(Math.round(transitions / 2)),
      (functionMs / 3_600_000).toFixed(2),
    ]);
  }
}

/** One run over a system in which everybody's account is known already. */
export async function reconcileCompany(company: Company): Promise<Reconciled> {
  return await new ReconciledWorld(company).run();
}

class ReconciledWorld {
  readonly #company: Company;
  readonly #workflows: Workflows;
  readonly #reconciliations;
  #nowMs = START;
  #reads = 0;
  #writes = 0;
  #functionMs = 0;
  #invocations = 0;
  #executions = 0;
  #transitions = 0;
  #ids = 0;

  constructor(company: Company) {
    this.#company = company;
    this.#reconciliations = this.#chargedReconciliations();
    const dependencies = this.#dependencies();
    const functions: Readonly<Record<string, (payload: never) => Promise<unknown>>> = {
      'begin-reconciliation': beginReconciliation(dependencies),
      'find-missing-access': findMissingAccess(dependencies),
      'finish-reconciliation': finishReconciliation(dependencies),
    };
    const connector: (payload: never) => Promise<unknown> = callApplication(dependencies);
    this.#workflows = new Workflows({
      instantWaits: true,
      publish: async () => {},
      onHandedOver: (execution) => this.#count(execution),
      invoke: async (name, payload) => {
        this.#invocations += 1;
        const begunMs = this.#nowMs;
        const output = await (functions[name] ?? connector)(payload as never);
        this.#functionMs += this.#nowMs - begunMs;
        return output;
      },
    });
  }

  async run(): Promise<Reconciled> {
    const execution = await this.#workflows.start('reconcile', { applicationId: 'chat', ask: 'report' });
    this.#count(execution);
    await this.#workflows.allHandedOver();
    const readUnits = this.#reads;
    const writeUnits = this.#writes;
    return {
      status: execution.status,
      report: (await this.#reconciliations.find('chat'))?.report,
      executions: this.#executions,
      transitions: this.#transitions,
      readUnits,
      writeUnits,
      functionMs: this.#functionMs,
      dollars:
        readUnits * READ_UNIT +
        writeUnits * WRITE_UNIT +
        this.#transitions * TRANSITION +
        this.#invocations * INVOCATION +
        this.#functionMs * FUNCTION_MS,
    };
  }

  #count({ transitions }: { readonly transitions: number }): void {
    this.#executions += 1;
    this.#transitions += transitions;
  }

  #dependencies() {
    const stores = memoryStores();
    const rateLimits = memoryRateLimits(async (method) => {
      if (method === 'load') this.#read(READ_BYTES);
      else this.#write(WRITE_BYTES);
    });
    const clock = () => this.#nowMs;
    const newId = () => {
      this.#ids += 1;
      return `id-${this.#ids}`;
    };
    const pause = async (durationMs: number) => {
      this.#nowMs += durationMs;
    };
    return {
      ...stores,
      accounts: { ...stores.accounts, ...this.#accounts() },
      directory: { ...stores.directory, ...this.#directory() },
      reconciliations: this.#reconciliations,
      clock,
      newId,
      model: () => MODEL,
      connect: rateLimitedConnect({
        connect: async () => ({ kind: 'api', target: this.#target() }),
        rateLimits,
        clock,
        newId,
        pause,
      }),
      bus: { publish: async () => {} },
      alert: async () => {},
      retryPolicy: () => ({
        maximumPasses: 3,
        firstWaitSeconds: 5,
        maximumWaitSeconds: 60,
        afterEscalationSeconds: 60,
      }),
      executions: { wake: async () => {} },
      publishUnreadTickets: async () => {},
    };
  }

  #target(): Target {
    const refuse = async (): Promise<never> => {
      throw new Error('reconciling only lists');
    };
    return {
      findAccount: refuse,
      createAccount: refuse,
      grant: refuse,
      revoke: refuse,
      disableAccount: refuse,
      listAccounts: async (from = '0'): Promise<AccountPage> => {
        this.#nowMs += PAGE_MS;
        const start = Number(from);
        const { accounts } = this.#company;
        const length = Math.min(PAGE, accounts - start);
        const page = Array.from({ length }, (_, index) => this.#listed(start + index));
        return { accounts: page, ...(start + PAGE < accounts && { next: String(start + PAGE) }) };
      },
    };
  }

  /** Those of identities are spread evenly among those of strangers. */
  #listed(place: number): ObservedAccount {
    const { accounts, identities } = this.#company;
    const holders = Math.min(accounts, identities);
    const isHeld = Math.floor(((place + 1) * holders) / accounts) > Math.floor((place * holders) / accounts);
    const index = Math.floor((place * holders) / accounts);
    if (isHeld && !isAbsent(index)) return observed(index);
    const userName = `guest.${place}@customers.example`;
    return {
      accountId: `account-guest-${place}`,
      userName,
      enabled: true,
      grants: [],
      attributes: { email: userName },
    };
  }

  /** Of a company larger than the system the first ones are to have an account. */
  #isDue(index: number): boolean {
    return index < Math.min(this.#company.accounts, this.#company.identities);
  }

  #holds(index: number): boolean {
    return this.#isDue(index) && !isAbsent(index);
  }

  #indexOf(id: string, form: RegExp): number | undefined {
    const index = Number(form.exec(id)?.[1] ?? Number.NaN);
    return index < this.#company.identities ? index : undefined;
  }

  #accounts() {
    return {
      findLinked: async (_applicationId: string, accountId: string) => {
        this.#readLately(0);
        const index = this.#indexOf(accountId, /^account-(\d+)$/);
        return index === undefined || !this.#holds(index) ? [] : [identityIdOf(index)];
      },
      saveAccount: async (): Promise<never> => {
        throw new Error('everything was linked by the first run');
      },
    };
  }

  #directory() {
    const find = (identityId: string) => {
      const index = this.#indexOf(identityId, /^E(\d+)$/);
      return index === undefined ? undefined : recordOf(index, this.#isDue(index));
    };
    return {
      load: async (identityId: string) => {
        const record = find(identityId);
        this.#read(sizeOf(record));
        return record;
      },
      glimpse: async (identityId: string, applicationId: string) => {
        const record = find(identityId);
        this.#readLately(record === undefined ? 0 : sizeOf([record.header, record.facts]));
        if (record === undefined) return undefined;
        const accounts = record.accounts.filter((account) => account.applicationId === applicationId);
        this.#readLately(sizeOf(accounts));
        return { ...record, accounts };
      },
      findByEmail: async (email: string) => {
        this.#readLately(0);
        const index = this.#indexOf(email, /^person\.(\d+)@acme\.example$/);
        return index === undefined ? [] : [identityIdOf(index)];
      },
      listIdentities: async ({
        limit,
        after = '0',
      }: {
        readonly limit: number;
        readonly after?: string | undefined;
      }) => {
        const start = Number(after);
        const length = Math.min(limit, this.#company.identities - start);
        const items = Array.from({ length }, (_, index) => headerOf(start + index, this.#isDue(start + index)));
        this.#readLately(sizeOf(items));
        this.#nowMs += MEGABYTE_MS;
        return { items, next: start + length < this.#company.identities ? String(start + length) : undefined };
      },
    };
  }

  #chargedReconciliations() {
    const kept = memoryReconciliations();
    const item = async () => sizeOf(await kept.find('chat'));
    const writing = async (written: Promise<boolean>) => {
      const done = await written;
      this.#write(await item());
      return done;
    };
    let found = 0;
    return {
      ...kept,
      find: async (id: string) => {
        this.#read(await item());
        return await kept.find(id);
      },
      begin: (...input: Parameters<typeof kept.begin>) => writing(kept.begin(...input)),
      advance: (...input: Parameters<typeof kept.advance>) => writing(kept.advance(...input)),
      finish: (...input: Parameters<typeof kept.finish>) => writing(kept.finish(...input)),
      saveFindings: async (...input: Parameters<typeof kept.saveFindings>) => {
        for (const finding of input[1]) {
          this.#write(sizeOf(finding) + 60);
          found += sizeOf(finding) + 60;
        }
        await kept.saveFindings(...input);
      },
      countFindings: async (...input: Parameters<typeof kept.countFindings>) => {
        this.#read(found);
        return await kept.countFindings(...input);
      },
      saveSightings: async (...input: Parameters<typeof kept.saveSightings>) => {
        this.#write(input[2].length + 60);
        await kept.saveSightings(...input);
      },
      readSightings: async (runId: string) => {
        const pages = await kept.readSightings(runId);
        const bytes = pages.reduce((sum, { length }) => sum + length, 0);
        this.#read(bytes);
        this.#nowMs += (bytes / 1_000_000) * MEGABYTE_MS;
        return pages;
      },
    };
  }

  /** Strongly consistent. */
  #read(bytes: number): void {
    this.#reads += Math.max(Math.ceil(bytes / READ_BYTES), 1);
    this.#nowMs += REQUEST_MS;
  }

  /** As of a moment ago, for half the price. */
  #readLately(bytes: number): void {
    this.#reads += Math.max(Math.ceil(bytes / READ_BYTES), 1) / 2;
    this.#nowMs += REQUEST_MS;
  }

  #write(bytes: number): void {
    this.#writes += Math.max(Math.ceil(bytes / WRITE_BYTES), 1);
    this.#nowMs += REQUEST_MS;
  }
}

const MODEL: AccessModel = {
  hash: 'bench',
  applications: [
    {
      id: 'chat',
      name: 'chat',
      connector: 'suspending',
      owner: 'E0',
      settings: {},
      entitlements: [...GRANTS, 'engineering-room'].map((grant) => ({
        id: grant,
        name: grant,
        grant,
        privileged: false,
      })),
    },
  ],
  profiles: [
    {
      id: 'sales',
      name: 'Sales',
      when: { department: ['Sales'] },
      entitlements: GRANTS.map((grant) => `chat:${grant}`),
    },
  ],
};

function identityIdOf(index: number): string {
  return `E${index}`;
}

function emailOf(index: number): string {
  return `person.${index}@acme.example`;
}

function isAbsent(index: number): boolean {
  return index % ONE_IN === 2;
}

function observed(index: number): ObservedAccount {
  const grants = index % ONE_IN === 0 ? [...GRANTS, 'engineering-room'] : index % ONE_IN === 1 ? ['everyone'] : GRANTS;
  const email = emailOf(index);
  return { accountId: `account-${index}`, userName: email, enabled: true, grants, attributes: { email } };
}

function factOf(index: number, isDue: boolean): JoinerFact {
  const sourceEventId = `joiner-${index}`;
  return {
    factId: factIdOf('acme-hr', sourceEventId),
    identityId: identityIdOf(index),
    source: 'acme-hr',
    sourceEventId,
    recordedMs: SINCE_MS,
    receivedMs: SINCE_MS,
    type: 'joiner',
    effectiveAt: '2026-10-01',
    attributes: {
      kind: 'employee',
      givenName: `Given ${index}`,
      familyName: `Family ${index}`,
      email: emailOf(index),
      department: isDue ? 'Sales' : 'Support',
      title: 'Account manager',
      manager: identityIdOf(Math.floor(index / 10)),
      location: 'Berlin',
      company: 'Acme GmbH',
      costCenter: '4711',
    },
  } as JoinerFact;
}

function headerOf(index: number, isDue: boolean): IdentityHeader {
  const others = Array.from({ length: OTHER_APPLICATIONS }, (_, other) => `application-${other}`);
  return {
    identityId: identityIdOf(index),
    version: 1,
    epoch: 2,
    clockMs: SINCE_MS,
    settledVersion: 1,
    settledMs: SINCE_MS,
    modelHash: MODEL.hash,
    failedPasses: 0,
    applications: isDue ? ['chat', ...others] : others,
    summary: summaryAt(identityIdOf(index), buildTimeline([factOf(index, isDue)]), START),
  };
}

function accountIn(applicationId: string, index: number): AccountRecord {
  const { accountId, userName, enabled } = observed(index);
  return {
    applicationId,
    account: { accountId, userName, enabled, grants: GRANTS },
    readMs: SINCE_MS,
    revision: 3,
    granted: GRANTS.map((grant) => ({ entitlement: grant, grant, privileged: false, sinceMs: SINCE_MS })),
  };
}

function recordOf(index: number, isDue: boolean): IdentityRecord {
  const others = Array.from({ length: OTHER_APPLICATIONS }, (_, other) => accountIn(`application-${other}`, index));
  const accounts = isDue && !isAbsent(index) ? [accountIn('chat', index), ...others] : others;
  return { header: headerOf(index, isDue), facts: [factOf(index, isDue)], effects: [], accounts, tasks: [] };
}

/** As JSON, which is a little more than DynamoDB counts. */
function sizeOf(value: unknown): number {
  return value === undefined ? 0 : JSON.stringify(value).length;
}
