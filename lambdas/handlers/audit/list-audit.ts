// The audit entries of anything that has some: an identity, an operator, an application, an HR source, a hold, the
// deployment.
import { auditRoutes } from '../../api/audit.ts';
import { type AuditSubject, auditKeyOf, readsOf } from '../../core/audit/subject.ts';
import { NotFoundError } from '../../core/errors.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';

const ROUTE = auditRoutes['list-audit'];

export const listAudit = answerOperator(ROUTE, async ({ audit }: ApiDependencies, { query }) => {
  const { kind, id, reads, ...page } = query;
  const subject = { kind, id };
  const key = keyOf(subject);
  const { items, next } = await audit.list(reads ? readsOf(key) : key, page);
  const entries = items.map(({ identityId: _key, ...entry }) => ({ ...entry, subject, event: { ...entry.event } }));
  // Of whom there is nothing nobody is shown anything: an id that was erased is not brought back by asking for it.
  const isShown = items.length > 0 && (kind === 'identity' || kind === 'operator');
  const shows = isShown ? [key] : [];
  return { status: 200, shows, body: { items: entries, next }, log: { kind, items: entries.length } };
});

/** No identity's id is the key of anything else. Throws NotFoundError. */
function keyOf(subject: AuditSubject): string {
  const isOther = subject.kind === 'identity' && !identityIdSchema.safeParse(subject.id).success;
  if (isOther) throw new NotFoundError('There is no such identity.');
  return auditKeyOf(subject);
}

export const handler = serveApi(ROUTE, () => listAudit(liveApiDependencies()));
