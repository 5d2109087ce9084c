// Where the applications' credentials are: under names that the application's id tells, so that no list of them has to be
// handed to the functions that read them.

import { connectorOf } from '../lambdas/connectors/registry.ts';
import type { AccessModel, Application } from '../lambdas/core/access-model/access-model.ts';
import type { Settings } from './config.ts';

/** On each secret: which connector function may read it. */
export const CONNECTOR_TAG = 'tenure:connector';

/** What all of their names begin with. */
export function secretNamePrefix({ stackPrefix }: Settings): string {
  return `${stackPrefix}/applications/`;
}

/** Those whose connector signs in with a secret. */
export function applicationsWithSecret({ applications }: AccessModel): readonly Application[] {
  return applications.filter(({ connector }) => connectorOf(connector).secret !== undefined);
}
