// Reconciliation in one process: the real state machines and handlers over stores and a system in memory.

import type { Role } from '../../lambdas/api/roles.ts';
import type { AccountPage, Target } from '../../lambdas/connectors/contract/connector.ts';
import type { TaskRecord } from '../../lambdas/core/access/task-record.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { ReconciliationSettings } from '../../lambdas/core/access-model/reconciliation-settings.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { planAccess } from '../../lambdas/handlers/access/plan-access.ts';
import { settle } from '../../lambdas/handlers/access/settle.ts';
import { listReconciliationAudit } from '../../lambdas/handlers/audit/list-reconciliation-audit.ts';
import { beginReconciliation } from '../../lambdas/handlers/reconciliation/begin-reconciliation.ts';
import { decideReconciliation } from '../../lambdas/handlers/reconciliation/decide-reconciliation.ts';
import { findMissingAccess } from '../../lambdas/handlers/reconciliation/find-missing-access.ts';
import { finishReconciliation } from '../../lambdas/handlers/reconciliation/finish-reconciliation.ts';
import { getReconciliation } from '../../lambdas/handlers/reconciliation/get-reconciliation.ts';
import { listReconciliations } from '../../lambdas/handlers/reconciliation/list-reconciliations.ts';
import { repairAccess } from '../../lambdas/handlers/reconciliation/repair-access.ts';
import { startReconciliation } from '../../lambdas/handlers/reconciliation/start-reconciliation.ts';
import { appendFact } from '../../lambdas/handlers/shared/append-fact.ts';
import { callApplication } from '../../lambdas/handlers/systems/call-application.ts';
import { recordAttestation } from '../../lambdas/handlers/systems/record-attestation.ts';
import type { ApiHandler } from '../../lambdas/middleware/serve-api.ts';
import type { Alert } from '../../lambdas/stores/alerts.ts';
import type { StageEvent } from '../../lambdas/stores/event-bus.ts';
import { MODEL } from '../simulation/access-model.ts';
import { MemorySystem } from '../simulation/memory-system.ts';
import { type Execution, Workflows } from '../simulation/workflows.ts';
import { answer, CLAIMS, requestAs } from './api-requests.ts';
import { memoryReconciliations } from './memory-reconciliations.ts';
import { memoryStores } from './memory-stores.ts';

export const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
const TASK = { assignee: 'it', instructions: 'by hand', dueHours: 24 };
const RETRY_POLICY = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };

export interface ReconcilingOptions {
  /** Whether any profile grants anything. @default true */
  readonly grants?: boolean;
  readonly reconciliation?: ReconciliationSettings;
  /** The system has no API. @default false */
  readonly byHand?: boolean;
  /** In place of the system's own listing. */
  readonly listAccounts?: (from: string | undefined) => Promise<AccountPage>;
  /** Awaited before each call of the reconciliation store takes effect. */
  readonly before?: (method: string) => Promise<void>;
}

/** One application, `chat`, that can disable accounts. */
export function reconciling({
  grants = true,
  byHand = false,
  reconciliation,
  listAccounts,
  before,
}: ReconcilingOptions = {}) {
  const stores = memoryStores();
  const reconciliations = memoryReconciliations(stores.table, before);
  const system = new MemorySystem({ canDisable: true });
  const alerts: Alert[] = [];
  const published: StageEvent[] = [];
  /** What a state machine was told and told on. */
  const seenByWorkflow: unknown[] = [];
  let nowMs = NOW_MS;
  let ids = 0;
  let lists = 0;
  let model: AccessModel = {
    ...MODEL,
    profiles: grants ? MODEL.profiles : [],
    applications: MODEL.applications
      .filter(({ id }) => id === 'chat')
      .map((application) => ({ ...application, ...(reconciliation && { reconciliation }) })),
  };
  const target = (): Target => {
    const own = system.target();
    return {
      ...own,
      listAccounts: async (from) => {
        lists += 1;
        return (await (listAccounts ?? own.listAccounts)?.(from)) ?? { accounts: [] };
      },
    };
  };
  const dependencies = {
    ...stores,
    reconciliations,
    clock: () => nowMs,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    model: () => model,
    connect: async () =>
      byHand ? ({ kind: 'manual', task: TASK } as const) : ({ kind: 'api', target: target() } as const),
    bus: { publish: async (_stage: string, event: StageEvent) => void published.push(event) },
    publishUnreadTickets: () => {},
    alert: async (alert: Alert) => void alerts.push(alert),
    retryPolicy: () => RETRY_POLICY,
    executions: { wake: async () => {} },
    notices: { wake: async () => {} },
    workflow: {
      start: async (applicationId: string, ask: string) => {
        await workflows.start('reconcile', { applicationId, ask });
      },
    },
    claims: CLAIMS,
  };
  const functions: Readonly<Record<string, (payload: never) => Promise<unknown>>> = {
    'begin-reconciliation': beginReconciliation(dependencies),
    'find-missing-access': findMissingAccess(dependencies),
    'finish-reconciliation': finishReconciliation(dependencies),
    'repair-access': repairAccess(dependencies),
    'plan-access': planAccess(dependencies),
    settle: settle(dependencies),
  };
  const connector: (payload: never) => Promise<unknown> = callApplication(dependencies);
  const workflows = new Workflows({
    instantWaits: true,
    publish: async () => {},
    invoke: async (name, payload) => {
      const output = await (functions[name] ?? connector)(payload as never);
      seenByWorkflow.push(payload, output);
      return output;
    },
  });
  const ask = (handle: ApiHandler, role: Role, sent: { query?: Record<string, string>; body?: unknown } = {}) => {
    const body = Buffer.from(JSON.stringify(sent.body ?? ''));
    const pathParameters = { applicationId: 'chat' };
    return answer(handle, requestAs([role], 'E9', { pathParameters, query: sent.query ?? {}, body }));
  };
  return {
    ...dependencies,
    system,
    alerts,
    published,
    seenByWorkflow,
    listed: () => lists,
    passTime: (ms: number) => {
      nowMs += ms;
    },
    /** A policy change: no profile grants anything any more. */
    grantNothing: () => {
      model = { ...model, profiles: [] };
    },
    /** The same, and its file says so. */
    retire: () => {
      const applications = model.applications.map((application) => ({ ...application, retired: true }) as const);
      model = { ...model, applications, profiles: [] };
    },
    /** Without converging: as when the application was connected after the identity was known. */
    know: (fact: Fact) =>
      appendFact(dependencies, fact, { payloadHash: fact.factId, actor: { type: 'hr-source', id: 'acme-hr' } }),
    attest: (task: TaskRecord) => recordAttestation(dependencies, task, { attestedBy: 'it-1', evidence: undefined }),
    run: async (): Promise<Execution> => {
      const execution = await workflows.start('reconcile', { applicationId: 'chat', ask: 'report' });
      await workflows.allHandedOver();
      return execution;
    },
    converge: (identityId: string) => workflows.start('converge', { identityId, trigger: 'test' }),
    /** Lets what was published take effect, as the bus's rule does. */
    drain: async () => {
      for (const event of published.splice(0)) await workflows.start('converge', event);
    },
    report: async () => (await reconciliations.find('chat'))?.report,
    list: (role: Role) => ask(listReconciliations(dependencies), role),
    get: (role: Role, query: Record<string, string> = {}) => ask(getReconciliation(dependencies), role, { query }),
    start: (role: Role) => ask(startReconciliation(dependencies), role),
    listDecisions: (role: Role, query: Record<string, string> = {}) =>
      ask(listReconciliationAudit(dependencies), role, { query }),
    decide: (role: Role, body: unknown) => ask(decideReconciliation(dependencies), role, { body }),
  };
}
