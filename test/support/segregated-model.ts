// A model of two applications with the same entitlements, x and y, for rules about duties.
import type { AccessModel, AccessProfile } from '../../lambdas/core/access-model/access-model.ts';
import type { DutyRule } from '../../lambdas/core/access-model/duty-rule.ts';

const IDS = ['a', 'b', 'c', 'd'];

export function segregatedModel(duties: readonly DutyRule[], profiles: readonly AccessProfile[]): AccessModel {
  const applications = ['x', 'y'].map((id) => ({
    ...{ id, name: id, connector: 'scim', owner: 'E0', settings: {} },
    entitlements: IDS.map((one) => ({ id: one, name: one, grant: one, privileged: false })),
  }));
  return { hash: 'h', applications, profiles, duties };
}
