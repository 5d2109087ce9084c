// Planted mistakes in what movers keep for a time.
import type { AccessModel, Entitlement } from '../../lambdas/core/access-model/access-model.ts';
import { inFacts, type Plant } from './planting.ts';

export const PLANTS_OF_MOVES: readonly Plant[] = [
  inWindows('handovers-never-end', 'what a mover keeps for a time stays for good', () => 10_000),
  inWindows('handovers-without-effect', 'a mover keeps nothing for a time', () => undefined),
  inWindows('handovers-too-long', 'what a mover keeps lasts for twice its time', (days) => 2 * days),
  inFacts('handovers-from-told', 'the time in which a mover keeps something begins when it was told', (facts) =>
    facts.map((fact) =>
      fact.type === 'mover' && Date.parse(fact.effectiveAt) < fact.receivedMs
        ? { ...fact, effectiveAt: new Date(fact.receivedMs).toISOString() }
        : fact,
    ),
  ),
  inFacts('reviews-never-due', 'what nobody answered in time stays', (facts) =>
    facts.map((fact) => (fact.type === 'access-review-opened' ? { ...fact, dueMs: Number.MAX_SAFE_INTEGER } : fact)),
  ),
];

function inWindows(flag: string, mistake: string, change: (days: number) => number | undefined): Plant {
  const changed = ({ handover, ...entitlement }: Entitlement): Entitlement => {
    const days = handover && change(handover.days);
    return days === undefined ? entitlement : { ...entitlement, handover: { days } };
  };
  const models = new WeakMap<AccessModel, AccessModel>();
  const mistaken = (model: AccessModel): AccessModel => {
    const known = models.get(model);
    if (known !== undefined) return known;
    const applications = model.applications.map((application) => {
      return { ...application, entitlements: application.entitlements.map(changed) };
    });
    const made = { ...model, applications };
    models.set(model, made);
    return made;
  };
  return {
    flag,
    mistake,
    apply: () => (dependencies) => ({ ...dependencies, model: () => mistaken(dependencies.model()) }),
  };
}
