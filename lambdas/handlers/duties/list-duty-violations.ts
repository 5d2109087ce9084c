// Everybody whose reasons hold up two sides of a rule, page by page.
import { dutyRoutes, type ViolationPage } from '../../api/duties.ts';
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';

/** Few have any: an answer looks through so many, and its `next` goes on from there. */
const LOOKED_AT_ONCE = 100;
const MAXIMUM_PAGES = 20;

const ROUTE = dutyRoutes['list-duty-violations'];

export const listDutyViolations = answerOperator(ROUTE, async ({ directory }: ApiDependencies, { query }) => {
  const items: ViolationPage['items'] = [];
  let { after: next } = query;
  let pages = 0;
  do {
    const page = await directory.listIdentities({ limit: LOOKED_AT_ONCE, after: next });
    items.push(...page.items.flatMap(present));
    next = page.next;
    pages += 1;
  } while (next !== undefined && items.length < query.limit && pages < MAXIMUM_PAGES);
  const shows = [...new Set(items.map(({ identityId }) => identityId))];
  return { status: 200, shows, body: { items, next }, log: { items: items.length } };
});

function present({ identityId, violations = [] }: IdentityHeader): ViolationPage['items'] {
  return violations.map(({ rule, severity, mode, outcome, sinceMs, held, refused, owner, untilMs }) => ({
    identityId,
    rule,
    severity,
    mode,
    outcome,
    since: toIso(sinceMs),
    held: [...held],
    refused: [...refused],
    exception: owner === undefined || untilMs === undefined ? undefined : { owner, until: toIso(untilMs) },
  }));
}

export const handler = serveApi(ROUTE, () => listDutyViolations(liveApiDependencies()));
