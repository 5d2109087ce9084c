// Whom a changed access model would concern is worked out before it is deployed, elsewhere, from this.
import { identityRoutes, type PopulationPage } from '../../api/identities.ts';
import { personOf } from '../../core/access/person.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';

const ROUTE = identityRoutes['export-population'];
const CONCURRENT_IDENTITIES = 10;

export const exportPopulation = answerOperator(ROUTE, async (dependencies: ApiDependencies, { query }) => {
  const { items, next } = await dependencies.directory.listIdentities(query);
  // The header tells how each stood when it was last written, which may have changed by the clock alone.
  const found = await mapBounded(
    items,
    CONCURRENT_IDENTITIES,
    async ({ identityId }): Promise<PopulationPage['items']> => {
      const state = (await findIdentity(dependencies, identityId))?.state;
      if (state === undefined || !isEmployed(state)) return [];
      return [personOf(identityId, state) as PopulationPage['items'][number]];
    },
  );
  const shown = found.flat();
  const shows = shown.map(({ identityId }) => identityId);
  return { status: 200, shows, body: { items: shown, next }, log: { items: items.length } };
});

export const handler = serveApi(ROUTE, () => exportPopulation(liveApiDependencies()));
