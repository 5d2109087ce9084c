// The HR systems of this deployment.
import { hrEventRoutes } from '../../api/hr-events.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';

const ROUTE = hrEventRoutes['list-hr-sources'];

interface ListDependencies {
  /** Their ids. */
  readonly hrSources: readonly string[];
}

export const listHrSources = answerOperator(ROUTE, async ({ hrSources }: ListDependencies) => {
  return { status: 200, shows: [], body: { items: hrSources.map((source) => ({ source })) } };
});

export const handler = serveApi(ROUTE, () =>
  listHrSources({ ...liveApiDependencies(), hrSources: JSON.parse(fromEnvironment('hrSources')) as readonly string[] }),
);
