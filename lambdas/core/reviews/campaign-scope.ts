// What a campaign looks at: whether an item is in its scope, and what in the scope names nothing that there is.
import type { AccessModel, Application, Entitlement } from '../access-model/access-model.ts';
import type { CampaignDefinition } from '../access-model/campaign-rules.ts';
import { needsOwner } from '../identity/ownership.ts';

export interface UnknownName {
  /** In the definition. */
  readonly path: readonly (string | number)[];
  readonly what: 'application' | 'entitlement';
  readonly name: string;
  readonly known: readonly string[];
}

/** What the definition names and the model does not have. */
export function unknownNames(
  { scope, excluded }: Pick<CampaignDefinition, 'scope' | 'excluded'>,
  model: Pick<AccessModel, 'applications'>,
): readonly UnknownName[] {
  const applications = model.applications.map(({ id }) => id);
  const entitlements = model.applications.flatMap(({ id, entitlements: of }) => of.map((one) => `${id}:${one.id}`));
  const knownApplications = new Set(applications);
  const knownEntitlements = new Set(entitlements);
  return [
    ...(scope.applications ?? []).flatMap((name, at): readonly UnknownName[] =>
      knownApplications.has(name)
        ? []
        : [{ path: ['scope', 'applications', at], what: 'application', name, known: applications }],
    ),
    ...(scope.entitlements ?? []).flatMap((name, at): readonly UnknownName[] =>
      knownEntitlements.has(name)
        ? []
        : [{ path: ['scope', 'entitlements', at], what: 'entitlement', name, known: entitlements }],
    ),
    ...excluded.flatMap(({ entitlement: name }, at): readonly UnknownName[] =>
      name === undefined || knownEntitlements.has(name)
        ? []
        : [{ path: ['excluded', at, 'entitlement'], what: 'entitlement', name, known: entitlements }],
    ),
  ];
}

/** Whose access it may be. */
export interface Looked {
  readonly identityId: string;
  readonly kind: string | undefined;
  readonly ownerId: string | undefined;
  /** Above it in the management chain. */
  readonly superiors: readonly string[];
}

/** Whether anything of theirs may be in the scope. */
export function mayConcern(
  { scope }: CampaignDefinition,
  { kind, superiors }: Pick<Looked, 'kind' | 'superiors'>,
): boolean {
  if (scope.kinds !== undefined && !scope.kinds.some((one) => one === kind)) return false;
  return scope.managers === undefined || scope.managers.some((one) => superiors.includes(one));
}

export interface LookedItem {
  readonly application: Application;
  /** Undefined: the account has it, and the model does not. */
  readonly entitlement: Entitlement | undefined;
  readonly isExplained: boolean;
  /** An exception from the segregation of duties lets it be held. */
  readonly isExcepted: boolean;
}

/** Of somebody whom it may concern. */
export function isInScope({ scope }: Pick<CampaignDefinition, 'scope'>, whose: Looked, item: LookedItem): boolean {
  const { application, entitlement, isExplained, isExcepted } = item;
  if (scope.applications !== undefined && !scope.applications.includes(application.id)) return false;
  if (scope.entitlements !== undefined) {
    if (entitlement === undefined || !scope.entitlements.includes(`${application.id}:${entitlement.id}`)) return false;
  }
  // Whatever the model does not have may be anything: it is looked at with what is privileged.
  if (scope.privileged !== undefined && (entitlement?.privileged ?? true) !== scope.privileged) return false;
  if (scope.dutyExceptions && !isExcepted) return false;
  if (scope.unexplained && isExplained) return false;
  if (scope.disconnected && application.connector !== 'manual') return false;
  if (scope.owners === undefined) return true;
  const owners = [entitlement?.owner ?? application.owner, ...(needsOwner(whose.kind) ? [whose.ownerId] : [])];
  return scope.owners.some((one) => owners.includes(one));
}

/** Whether no entitlement of the model can be in the scope, nor anything that it does not have. */
export function matchesNothing(
  { scope }: Pick<CampaignDefinition, 'scope'>,
  { applications }: Pick<AccessModel, 'applications'>,
): boolean {
  // Whose it is, and what an account has beside the model, is found out by looking at everybody.
  const { owners: _owners, dutyExceptions: _excepted, ...byModel } = scope;
  const definition = { scope: { ...byModel, unexplained: undefined } };
  const nobody = { identityId: '', kind: undefined, ownerId: undefined, superiors: [] };
  return !applications.some((application) =>
    [undefined, ...application.entitlements].some((entitlement) =>
      isInScope(definition, nobody, { application, entitlement, isExplained: true, isExcepted: false }),
    ),
  );
}
