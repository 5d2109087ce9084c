// Somebody brings a list of what is in a system that no connector reads. What it shows is held against what people have said:
// a task whose steps it shows is attested by whoever brought it, as far as their word counts there; what is there still, or
// again, is asked back. It tells only of when it was made, and of nothing when it is not whole.
import * as z from 'zod';
import { applicationRoutes, type ListedAnswer, MAXIMUM_LIST_BYTES } from '../../api/applications.ts';
import { lastStatedMs, statedAccount } from '../../core/access/attested-account.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, InvalidInputError } from '../../core/errors.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { type AccessSeenFact, ownFactBase } from '../../core/identity/facts.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import {
  faultOfLacking,
  LIST_COLUMNS,
  type ListedAccount,
  type ListedRow,
  readListedAccounts,
  seenAgain,
  showsStep,
} from '../../core/reconciliation/listed-accounts.ts';
import {
  type Finding,
  judgeMatched,
  judgeUnmatched,
  missingAccount,
} from '../../core/reconciliation/reconciliation.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { BroughtList, ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import { stepFunctionsReconciliation } from '../../stores/reconciliations/reconciliation-workflow.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { appendFact } from '../shared/append-fact.ts';
import { findIdentity, type LoadedIdentity } from '../shared/load-identity.ts';
import { readPopulationRows, UnreadableFileError } from '../shared/read-population-rows.ts';
import { judgeIdentity, requireApplication } from '../shared/reconciliation-run.ts';
import { personOf, requirePerson } from '../shared/require-uninvolved.ts';
import { beginListRun, endListRun, type ListRunDependencies } from './list-run.ts';
import { stateDone } from './record-attestation.ts';

export interface ListingDependencies extends ApiDependencies {
  readonly reconciliations: ListRunDependencies['reconciliations'] & Pick<ReconciliationStore, 'find' | 'saveList'>;
  readonly workflow: ListRunDependencies['workflow'];
  readonly manualConnectors: readonly string[];
}

const AHEAD_MS = 5 * 60_000;
const CONCURRENT = 20;
const DIRECTORY_PAGE = 1_000;
const MAXIMUM_DIRECTORY_PAGES = 100;
const TASKS_PAGE = 1_000;
const MAXIMUM_TASK_PAGES = 10;
const MAXIMUM_FINDINGS = 200;

const ROUTE = applicationRoutes['list-accounts-by-hand'];

interface Run {
  readonly dependencies: ListingDependencies;
  readonly application: Application;
  readonly list: BroughtList;
  /** Identity → what the list shows of it. */
  readonly byIdentity: ReadonlyMap<string, ListedAccount>;
  readonly tasks: ReadonlyMap<string, TaskRecord>;
  /** Who brought it, as a person. */
  readonly bearer: string;
}

interface Judged {
  readonly attested: number;
  readonly reopened: number;
  readonly findings: readonly Finding[];
}

export const listAccountsByHand = answerOperator(
  ROUTE,
  async (dependencies: ListingDependencies, { operator, parameters, query: { exportedAt }, headers, bytes }) => {
    const application = requireApplication(dependencies.model(), parameters.id);
    if (!dependencies.manualConnectors.includes(application.connector)) {
      throw new ConflictError('A connector reads this application: reconcile it.');
    }
    const bearer = await requirePerson(dependencies, operator);
    const exportedMs = requireExported(exportedAt, dependencies.clock());
    const accounts = await requireAccounts(bytes, headers['content-type']);
    const sha256 = sha256Hex(bytes);
    await requireLater(dependencies, application, { sha256, exportedMs });
    const { byIdentity, unmatched } = await match(dependencies, accounts);
    const { expected, isWhole } = await listExpected(dependencies, application);
    const lacking = expected.filter((identityId) => !byIdentity.has(identityId));
    const fault = faultOfLacking(lacking.length, expected.length);
    if (fault !== undefined) throw new ConflictError(`The list ${fault}.`);
    const list = {
      sha256,
      exportedMs,
      broughtMs: dependencies.clock(),
      broughtBy: operator.id,
      accounts: accounts.length,
    };
    const begun = await beginListRun(dependencies, application, list);
    await keep(dependencies, application, list);
    const tasks = await listOpenTasks(dependencies, application);
    const run: Run = { dependencies, application, list, byIdentity, tasks, bearer };
    const concerned = [...new Set([...byIdentity.keys(), ...tasks.keys(), ...lacking])];
    const judged = await mapBounded(concerned, CONCURRENT, (identityId) => judge(run, identityId));
    const context = { application, canDisable: true, nowMs: dependencies.clock() };
    const orphans = unmatched.flatMap((account) => judgeUnmatched(observed(account), { found: 'none' }, context));
    const findings = [...orphans, ...judged.flatMap((one) => one.findings)];
    const incomplete = isWhole ? undefined : 'too-many-identities';
    const counted = { ...begun, accounts: accounts.length, matched: byIdentity.size, incomplete } as const;
    await endListRun(dependencies, application, counted, findings);
    const body: ListedAnswer = {
      applicationId: application.id,
      sha256,
      exportedAt: toIso(exportedMs),
      accounts: accounts.length,
      attestedTasks: sum(judged, ({ attested }) => attested),
      reopened: sum(judged, ({ reopened }) => reopened),
      counts: {
        orphan: count(findings, 'orphan'),
        extra: count(findings, 'extra'),
        missing: count(findings, 'missing'),
      },
      findings: findings.slice(0, MAXIMUM_FINDINGS).map(({ kind, userName, identityId, grants, unknownGrants }) => ({
        kind,
        account: userName,
        identityId,
        grants: [...(grants ?? []), ...(unknownGrants ?? [])],
      })),
    };
    return { status: 200, shows: [auditKeyOf({ kind: 'application', id: application.id })], body };
  },
);

function requireExported(exportedAt: string, nowMs: number): number {
  const exportedMs = Date.parse(exportedAt);
  if (exportedMs <= nowMs + AHEAD_MS) return Math.min(exportedMs, nowMs);
  throw new InvalidInputError('The list is of a time to come.', [
    { pointer: '/exportedAt', detail: 'expected when it was made' },
  ]);
}

async function requireAccounts(bytes: Buffer, contentType = ''): Promise<readonly ListedAccount[]> {
  if (contentType.split(';')[0]?.trim().toLowerCase() !== 'text/csv') throw new ApiProblem(415, 'Send text/csv.');
  if (bytes.length > MAXIMUM_LIST_BYTES) throw new ApiProblem(413, `Send at most ${MAXIMUM_LIST_BYTES} bytes.`);
  const refused = (detail: string) =>
    new InvalidInputError('The list is refused as a whole.', [{ pointer: '', detail }]);
  const rows: ListedRow[] = [];
  try {
    const columns = { names: LIST_COLUMNS, required: 'account' };
    for await (const row of readPopulationRows(onlyOne(bytes), 'csv', columns)) rows.push(row);
  } catch (error) {
    if (error instanceof UnreadableFileError) throw refused(error.message);
    throw error;
  }
  const { accounts, fault } = readListedAccounts(rows);
  if (accounts === undefined) throw refused(fault);
  return accounts;
}

async function* onlyOne(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The same list again goes on where it was; any other has to be of a later time. */
async function requireLater(
  { reconciliations }: ListingDependencies,
  { id }: Application,
  { sha256, exportedMs }: Pick<BroughtList, 'sha256' | 'exportedMs'>,
): Promise<void> {
  const before = (await reconciliations.find(id))?.list;
  if (before === undefined || before.exportedMs < exportedMs) return;
  if (before.sha256 === sha256 && before.exportedMs === exportedMs) return;
  throw new ConflictError(`A list of ${toIso(before.exportedMs)} is known: expected one of a later time.`);
}

async function keep(
  { reconciliations, model }: ListingDependencies,
  { id }: Application,
  list: BroughtList,
): Promise<void> {
  const { sha256, exportedMs, broughtMs, broughtBy, accounts } = list;
  const entry: AuditEntry = {
    identityId: auditKeyOf({ kind: 'application', id }),
    entryId: `accounts-listed:${sha256}:${exportedMs}`,
    at: toIso(broughtMs),
    actor: { type: 'operator', id: broughtBy },
    modelHash: model().hash,
    event: { type: 'accounts-listed', applicationId: id, sha256, exportedAt: toIso(exportedMs), accounts },
  };
  if (await reconciliations.saveList(id, list, [entry])) return;
  const known = (await reconciliations.find(id))?.list;
  if (known?.sha256 === sha256 && known.exportedMs === exportedMs) return;
  throw new ConflictError('Another list came first.');
}

/** An account that may be of several people is nobody's here; so is the second one of somebody. */
async function match({ directory }: ListingDependencies, accounts: readonly ListedAccount[]) {
  const found = await mapBounded(accounts, CONCURRENT, async (account) => {
    const ids = [account.identityId, account.account].filter(
      (id) => identityIdSchema.safeParse(id).success,
    ) as string[];
    for (const id of ids) if ((await directory.load(id)) !== undefined) return { account, identityId: id };
    const [identityId, other] = await directory.findByEmail(account.email ?? account.account);
    return { account, identityId: other === undefined ? identityId : undefined };
  });
  const byIdentity = new Map<string, ListedAccount>();
  const unmatched: ListedAccount[] = [];
  for (const { account, identityId } of found) {
    if (identityId === undefined || byIdentity.has(identityId)) unmatched.push(account);
    else byIdentity.set(identityId, account);
  }
  return { byIdentity, unmatched };
}

/** Whoever was to have an account there when they were last settled. */
async function listExpected({ directory }: ListingDependencies, { id }: Application) {
  const expected: string[] = [];
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_DIRECTORY_PAGES; page += 1) {
    const { items, next } = await directory.listIdentities({ limit: DIRECTORY_PAGE, after });
    expected.push(...items.flatMap(({ identityId, applications }) => (applications?.includes(id) ? identityId : [])));
    after = next;
    if (after === undefined) break;
  }
  return { expected, isWhole: after === undefined };
}

async function listOpenTasks({ tasks }: ListingDependencies, { id }: Application) {
  const found = new Map<string, TaskRecord>();
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_TASK_PAGES; page += 1) {
    const { items, next } = await tasks.listTasks({ status: 'open', limit: TASKS_PAGE, after });
    for (const task of items) if (task.applicationId === id) found.set(task.identityId, task);
    after = next;
    if (after === undefined) break;
  }
  return found;
}

async function judge(run: Run, identityId: string): Promise<Judged> {
  const { dependencies, application, byIdentity } = run;
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) return { attested: 0, reopened: 0, findings: [] };
  const account = byIdentity.get(identityId);
  const open = loaded.record.tasks.find((one) => one.applicationId === application.id && one.status === 'open');
  const attested = open !== undefined && (await attestShown(run, open, account));
  const steps = account === undefined ? [] : stepsSeen(run, loaded, account);
  if (steps.length > 0) await recordSeen(run, identityId, steps);
  const done = { attested: attested ? 1 : 0, reopened: steps.length > 0 ? 1 : 0 };
  // What is asked of people already needs nobody to look at it, and what was stated since the list does not know.
  const isOlder = lastStatedMs(loaded.record.facts, application.id) >= run.list.exportedMs;
  if (open !== undefined || steps.length > 0 || isOlder) return { ...done, findings: [] };
  return { ...done, findings: findingsOf(run, loaded, account) };
}

/** Nobody's own list says anything of their own access. */
async function attestShown(run: Run, task: TaskRecord, account: ListedAccount | undefined): Promise<boolean> {
  const { dependencies, list, bearer } = run;
  const isShown = list.exportedMs > task.openedMs && task.steps.every((step) => showsStep(step, account));
  if (!isShown || (await personOf(dependencies, task.identityId)) === bearer) return false;
  try {
    const stated = { by: list.broughtBy, identityId: list.broughtBy, evidence: `list ${list.sha256}` };
    return (await stateDone(dependencies, task, stated)).outcome === 'done';
  } catch (error) {
    // It takes a file of its own, or was attested meanwhile.
    if (error instanceof ConflictError) return false;
    throw error;
  }
}

function stepsSeen({ application, list }: Run, { record }: LoadedIdentity, account: ListedAccount) {
  const { facts, tasks } = record;
  if (lastStatedMs(facts, application.id) >= list.exportedMs) return [];
  const asked = tasks.filter(({ applicationId }) => applicationId === application.id).flatMap(({ steps }) => steps);
  const everGiven = new Set(asked.flatMap((step) => ('grant' in step ? [step.grant] : [])));
  return seenAgain(account, statedAccount(facts, application.id), everGiven);
}

async function recordSeen(
  { dependencies, application, list }: Run,
  identityId: string,
  steps: AccessSeenFact['steps'],
): Promise<void> {
  const id = `seen/${identityId}/${application.id}/${list.exportedMs}`;
  const fact: AccessSeenFact = {
    ...ownFactBase(identityId, id, dependencies.clock()),
    type: 'access-seen',
    applicationId: application.id,
    list: list.sha256,
    seenMs: list.exportedMs,
    uploadedBy: list.broughtBy,
    steps,
  };
  const actor = { type: 'operator', id: list.broughtBy } as const;
  await appendFact(dependencies, fact, { payloadHash: sha256Hex(`${id}/${list.sha256}`), actor });
}

function findingsOf({ dependencies, application }: Run, loaded: LoadedIdentity, account: ListedAccount | undefined) {
  const context = { application, canDisable: true, nowMs: dependencies.clock() };
  // Nobody was ever asked to give what is too much, so it stays until somebody has decided.
  const judged = judgeIdentity(loaded, application.id, dependencies.model());
  const identity = { ...judged, unreviewed: account?.grants ?? [] };
  // A pass is about to ask people for what differs.
  if (judged.converging) return [];
  if (account !== undefined) return judgeMatched(observed(account), identity, context);
  return identity.desired?.enabled ? [missingAccount(identity, context)] : [];
}

function observed({ account, email, enabled, grants }: ListedAccount) {
  return { accountId: account, userName: account, enabled, grants, attributes: email === undefined ? {} : { email } };
}

function count(findings: readonly Finding[], kind: Finding['kind']): number {
  return findings.filter((finding) => finding.kind === kind).length;
}

function sum(judged: readonly Judged[], of: (one: Judged) => number): number {
  return judged.reduce((total, one) => total + of(one), 0);
}

export const handler = serveApi(ROUTE, () =>
  listAccountsByHand({
    ...liveApiDependencies(),
    reconciliations: dynamoReconciliationStore(),
    workflow: stepFunctionsReconciliation(),
    manualConnectors: z.array(z.string()).parse(JSON.parse(fromEnvironment('manualConnectors'))),
  }),
);
