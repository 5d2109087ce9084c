// The decisions on an application's reports, oldest first: the report itself shows the last one only.
import { auditRoutes } from '../../api/audit.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { NotFoundError } from '../../core/errors.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';

/** Not looked up in the access model, which may no longer have what was decided about. */
const APPLICATION_ID = /^[\w.-]{1,64}$/;

const ROUTE = auditRoutes['list-reconciliation-audit'];

export const listReconciliationAudit = answerOperator(
  ROUTE,
  async ({ audit }: ApiDependencies, { parameters: { applicationId }, query }) => {
    if (!APPLICATION_ID.test(applicationId)) throw new NotFoundError('There is no such application.');
    const { items, next } = await audit.list(auditKeyOf({ kind: 'application', id: applicationId }), query);
    // Its runs are there as well.
    const decisions = items.filter(({ event }) => event.type === 'reconciliation-decided');
    const entries = decisions.map(({ identityId: _key, ...entry }) => ({
      ...entry,
      applicationId,
      event: { ...entry.event },
    }));
    return { status: 200, shows: [], body: { items: entries, next }, log: { applicationId, items: entries.length } };
  },
);

export const handler = serveApi(ROUTE, () => listReconciliationAudit(liveApiDependencies()));
