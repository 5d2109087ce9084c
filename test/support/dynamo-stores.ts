import { liveDependencies } from '../../lambdas/handlers/shared/dependencies.ts';

/** What is kept of identities, and the audit log, as functions ask for them. */
export function dynamoStores() {
  const { clock: _clock, newId: _newId, model: _model, ...stores } = liveDependencies();
  return stores;
}
