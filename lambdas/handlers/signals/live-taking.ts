// What taking signals works with in a function. Each transmitter's keys are fetched once for as long as the function lives.
import type { Transmitter } from '../../core/signals/signal-settings.ts';
import { tokenVerifier, type VerifyToken } from '../../outbound/signal-keys.ts';
import { snsAlerts } from '../../stores/alerts.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import { dynamoSignalStore } from '../../stores/signals/dynamo-signal-store.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { deployedGuardSettings } from '../shared/judge-losses.ts';
import type { TakeDependencies } from './take-signal.ts';

export function liveTaking(): TakeDependencies & Pick<Dependencies, 'audit'> {
  const verifiers = new Map<string, VerifyToken>();
  const verify = ({ id, jwksUrl }: Transmitter) => {
    const known = verifiers.get(id) ?? tokenVerifier(jwksUrl);
    verifiers.set(id, known);
    return known;
  };
  const guard = { settings: deployedGuardSettings(), holds: dynamoHoldStore() };
  return { ...liveDependencies(), signals: dynamoSignalStore(), alert: snsAlerts(), guard, verify };
}
