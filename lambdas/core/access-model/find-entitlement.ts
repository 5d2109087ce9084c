// An entitlement by the name that the access model, facts and requests have for it.
import type { AccessModel, Application, Entitlement } from './access-model.ts';

/** @param reference `application:entitlement`. Undefined: the model has none of that name */
export function findEntitlement(
  { applications }: AccessModel,
  reference: string,
): { readonly application: Application; readonly entitlement: Entitlement } | undefined {
  for (const application of applications) {
    const entitlement = application.entitlements.find(({ id }) => `${application.id}:${id}` === reference);
    if (entitlement !== undefined) return { application, entitlement };
  }
  return undefined;
}
