// Takes what systems post of how they are used: proves who sent it, refuses by its place what cannot be read, and answers 202
// once the rest is in the queue.
import type { ActivitySource } from '../../activity-sources/activity-source.ts';
import { activitySourceOf } from '../../activity-sources/registry.ts';
import { type AcceptedActivity, activityRoutes } from '../../api/activity.ts';
import { DEPLOYMENT } from '../../core/audit/subject.ts';
import { hrSourceIdSchema } from '../../core/hr/hr-event.ts';
import { type AuditingDependencies, auditFailedAuthentication } from '../../middleware/access-entries.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { type ActivityQueue, sqsActivityQueue } from '../../stores/activity/activity-queue.ts';
import { dynamoAuditStore } from '../../stores/audit/dynamo-audit-store.ts';
import { type DeployedActivitySource, deployedActivitySources } from '../../stores/deployed-activity-sources.ts';
import { activitySecrets } from './activity-secrets.ts';
import { translateAll } from './translate-all.ts';

const ROUTE = activityRoutes['receive-activity'];
/** Far below API Gateway's 10 MB and Lambda's 6 MB. */
const MAXIMUM_BODY_BYTES = 1_048_576;
/** Named in the answer; the others are counted. */
const MAXIMUM_FAULTS = 100;
const MEDIA_TYPES: readonly string[] = ['application/json', 'application/x-ndjson', 'application/jsonl'];

export interface ReceiveActivityDependencies extends AuditingDependencies {
  /** Undefined when there is no such source. */
  readonly sourceOf: (sourceId: string) => DeployedActivitySource | undefined;
  /** All valid at once; undefined: it has none. */
  readonly secretsOf: (sourceId: string) => Promise<readonly string[] | undefined>;
  readonly queue: ActivityQueue;
}

export const receiveActivity =
  (dependencies: ReceiveActivityDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const { queue, clock } = dependencies;
    if (request.body.length > MAXIMUM_BODY_BYTES) throw new ApiProblem(413, 'A body holds at most 1 MB.');
    const mediaType = (request.headers['content-type'] ?? '').toLowerCase().split(';')[0]?.trim() ?? '';
    if (!MEDIA_TYPES.includes(mediaType)) throw new ApiProblem(415, `Send ${MEDIA_TYPES.join(', ')} in UTF-8.`);
    const { deployed, source } = await authenticate(dependencies, request);
    const { records, refused } = translateAll(source, deployed, request.body, clock());
    await queue.send(records);
    const faults = refused.slice(0, MAXIMUM_FAULTS).map(({ where, why }) => ({ pointer: where, detail: why }));
    const body: AcceptedActivity = { accepted: records.length, refused: refused.length, faults };
    return { status: 202, body, log: { source: deployed.id, accepted: records.length, refused: refused.length } };
  };

/** The same answer to a source that does not exist, or is not one that posts: which do is nobody's business. */
async function authenticate(
  dependencies: ReceiveActivityDependencies,
  request: ApiRequest,
): Promise<{ readonly deployed: DeployedActivitySource; readonly source: ActivitySource }> {
  const { sourceOf, secretsOf, clock } = dependencies;
  const sourceId = request.pathParameters['source'] ?? '';
  const deployed = hrSourceIdSchema.safeParse(sourceId).success ? sourceOf(sourceId) : undefined;
  const source = deployed && activitySourceOf(deployed.type);
  const secrets = source?.authenticate === undefined ? undefined : await secretsOf(sourceId);
  if (deployed && source?.authenticate && secrets && source.authenticate(request, secrets, clock())) {
    return { deployed, source };
  }
  await auditFailedAuthentication(dependencies, ROUTE.name, DEPLOYMENT);
  throw new ApiProblem(401, 'The signature is missing or wrong, or its timestamp is more than 5 minutes off.');
}

export const handler = serveApi(ROUTE, () =>
  receiveActivity({
    audit: dynamoAuditStore(),
    clock: Date.now,
    sourceOf: (sourceId) => deployedActivitySources().find(({ id }) => id === sourceId),
    secretsOf: activitySecrets,
    queue: sqsActivityQueue(),
  }),
);
