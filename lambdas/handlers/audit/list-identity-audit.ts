// The audit entries of one identity, oldest first.
import { auditRoutes } from '../../api/audit.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, loadIdentity } from '../shared/api-dependencies.ts';
import { requireReadable } from '../shared/require-readable.ts';

const ROUTE = auditRoutes['list-identity-audit'];

export const listIdentityAudit = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters, query }) => {
    const { header } = await loadIdentity(dependencies, parameters.id);
    await requireReadable(dependencies, operator, header);
    const { identityId } = header;
    const { items, next } = await dependencies.audit.list(identityId, query);
    const body = { items: items.map((entry) => ({ ...entry, event: { ...entry.event } })), next };
    return { status: 200, body, log: { identityId, items: items.length } };
  },
);

export const handler = serveApi(ROUTE, () => listIdentityAudit(liveApiDependencies()));
