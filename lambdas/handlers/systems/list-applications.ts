// Every application with its owner and its way of being provisioned, in the order of the access model.
import * as z from 'zod';
import { type ApplicationAnswer, applicationRoutes } from '../../api/applications.ts';
import { manualTaskShape } from '../../connectors/contract/manual-task.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { Reconciliation, ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';

export interface InventoryDependencies extends ApiDependencies {
  readonly reconciliations: Pick<ReconciliationStore, 'list'>;
  /** The types of those connectors that ask people. */
  readonly manualConnectors: readonly string[];
}

/** 10,000 open tasks; of more than that, the least urgent are not counted. */
const PAGE_SIZE = 1_000;
const MAXIMUM_PAGES = 10;
const CONCURRENT_OWNERS = 20;

const dueSchema = z.object({ ...manualTaskShape }).pick({ dueHours: true, privilegedRemovalHours: true });

const ROUTE = applicationRoutes['list-applications'];

export const listApplications = answerOperator(ROUTE, async (dependencies: InventoryDependencies) => {
  const { model, reconciliations, clock } = dependencies;
  const { applications } = model();
  const { tasks, isComplete } = await listOpenTasks(dependencies);
  const reconciled = new Map((await reconciliations.list()).map((one) => [one.applicationId, one]));
  const statuses = await statusOfOwners(dependencies, applications);
  const items = applications.map((application) =>
    present(dependencies, application, {
      tasks: tasks.filter(({ applicationId }) => applicationId === application.id),
      ownerStatus: statuses.get(application.owner) ?? 'unknown',
      reconciliation: reconciled.get(application.id),
      nowMs: clock(),
    }),
  );
  const body = { items, ...(!isComplete && { incomplete: true as const }) };
  return { status: 200, shows: [...statuses.keys()], body, log: { items: items.length } };
});

async function listOpenTasks({ tasks }: InventoryDependencies) {
  const found: TaskRecord[] = [];
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const { items, next } = await tasks.listTasks({ status: 'open', limit: PAGE_SIZE, after });
    found.push(...items);
    after = next;
    if (after === undefined) break;
  }
  return { tasks: found, isComplete: after === undefined };
}

type OwnerStatus = ApplicationAnswer['owner']['status'];

/** Of those whom Tenure knows. */
async function statusOfOwners(
  { directory }: InventoryDependencies,
  applications: readonly Application[],
): Promise<ReadonlyMap<string, OwnerStatus>> {
  const owners = new Map(applications.map(({ owner, id }) => [owner, id]));
  const found = await mapBounded([...owners], CONCURRENT_OWNERS, async ([owner, applicationId]) => {
    const header = (await directory.glimpse(owner, applicationId))?.header;
    return [owner, header?.summary.status] as const;
  });
  return new Map(found.flatMap(([owner, status]) => (status === undefined ? [] : [[owner, status]])));
}

interface Known {
  readonly tasks: readonly TaskRecord[];
  readonly ownerStatus: OwnerStatus;
  readonly reconciliation: Reconciliation | undefined;
  readonly nowMs: number;
}

function present(
  { manualConnectors }: InventoryDependencies,
  { id, name, owner, connector, retired, entitlements, attestation, settings }: Application,
  { tasks, ownerStatus, reconciliation, nowMs }: Known,
): ApplicationAnswer {
  const isManual = manualConnectors.includes(connector);
  const due = isManual ? dueSchema.safeParse(settings).data : undefined;
  const finishedMs = reconciliation?.report?.finishedMs;
  return {
    applicationId: id,
    name,
    owner: { identityId: owner, status: ownerStatus },
    connector,
    provisionedBy: isManual ? 'people' : 'connector',
    retired,
    entitlements: entitlements.map((one) => ({ id: one.id, name: one.name, privileged: one.privileged })),
    attestation: attestation && { ...attestation },
    due: due && {
      hours: due.dueHours,
      privilegedRemovalHours: Math.min(due.dueHours, due.privilegedRemovalHours),
    },
    openTasks: tasks.length,
    overdueTasks: tasks.filter(({ dueMs }) => dueMs < nowMs).length,
    lastReconciledAt: finishedMs === undefined ? undefined : toIso(finishedMs),
  };
}

export const handler = serveApi(ROUTE, () =>
  listApplications({
    ...liveApiDependencies(),
    reconciliations: dynamoReconciliationStore(),
    manualConnectors: JSON.parse(fromEnvironment('manualConnectors')) as string[],
  }),
);
