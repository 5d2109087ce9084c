// What somebody answers for: by when they have to say so, and what a former owner may know of it.
import { type OwnedPage, ownershipRoutes } from '../../api/ownership.ts';
import { desiredAccessInState } from '../../core/access/desired-access.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { decodeCursor, encodeCursor } from '../../stores/cursor.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { presentAnswering, presentExposed } from './present-answering.ts';

const ROUTE = ownershipRoutes['list-owned'];
const CONCURRENT_IDENTITIES = 10;

export const listOwned = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, query: { limit, after } }) => {
    const person = await requirePerson(dependencies, operator);
    const from = decodeCursor(after, { owner: person, from: undefined })?.['from'];
    const owned = (await dependencies.directory.listOwnedBy(person)).map(({ identityId }) => identityId);
    const left = owned.filter((identityId) => from === undefined || identityId > String(from));
    const page = left.slice(0, limit);
    const found = await mapBounded(page, CONCURRENT_IDENTITIES, (identityId) => present(dependencies, identityId));
    const items = found.filter((one) => one !== undefined);
    const last = page.at(-1);
    const next = left.length > page.length && last ? encodeCursor({ owner: person, from: last }) : undefined;
    const shows = [person, ...items.map(({ identityId }) => identityId)];
    return { status: 200, shows, body: { items, next }, log: { items: items.length } };
  },
);

/** Undefined: it has left, or is a person, whose access rests on no owner. */
async function present(
  dependencies: ApiDependencies,
  identityId: string,
): Promise<OwnedPage['items'][number] | undefined> {
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined || !isEmployed(loaded.state)) return undefined;
  const { record, state, nowMs } = loaded;
  const { lacks } = desiredAccessInState(state, dependencies.model(), { identityId, nowMs });
  return {
    identityId,
    kind: state.attributes.kind,
    status: state.status,
    answering: presentAnswering(loaded, { names: true }),
    lacks: lacks && [...lacks],
    replaceCredentials: record.accounts.flatMap((account) => {
      const exposed = presentExposed(account);
      return exposed === undefined ? [] : { applicationId: account.applicationId, ...exposed };
    }),
  };
}

export const handler = serveApi(ROUTE, () => listOwned(liveApiDependencies()));
