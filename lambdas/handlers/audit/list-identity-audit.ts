// The audit entries of one identity, oldest first.
import { auditRoutes } from '../../api/audit.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { requireReadable } from '../shared/require-readable.ts';

const ROUTE = auditRoutes['list-identity-audit'];

export const listIdentityAudit = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters, query }) => {
    const { record } = await requireIdentity(dependencies, parameters.id);
    await requireReadable(dependencies, operator, record.header);
    const { identityId } = record.header;
    const { items, next } = await dependencies.audit.list(identityId, query);
    const body = { items: items.map((entry) => ({ ...entry, event: { ...entry.event } })), next };
    return { status: 200, shows: [identityId], body, log: { identityId, items: items.length } };
  },
);

export const handler = serveApi(ROUTE, () => listIdentityAudit(liveApiDependencies()));
