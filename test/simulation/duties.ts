// Rules of the segregation of duties in a quarter of all histories: across systems, within one, and with one that only
// people can change.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { DutyRule } from '../../lambdas/core/access-model/duty-rule.ts';
import type { Random } from './random.ts';
import type { Setting } from './setting.ts';

export const DUTIES_STREAM = 1_300_000_011;

const side = (...entitlements: readonly string[]) => ({ name: entitlements.join(' '), entitlements, profiles: [] });
const rule = (id: string, ...sides: readonly DutyRule['sides'][number][]): DutyRule => {
  return { id, name: id, severity: 'high', mode: 'prevent', sides, exceptions: [] };
};

export const DUTIES: readonly DutyRule[] = [
  rule('build-and-bill', side('chat:engineering-room', 'cloud:production-admin'), side('cloud:billing')),
  rule('operate-and-enter', side('badge:office'), side('cloud:production-admin')),
  rule('sell-and-develop', side('cloud:developer'), side('chat:sales-room')),
];

/** What somebody had before Tenure, and what Tenure may not do, would be waited for without end. */
export function withDuties(random: Random, setting: Setting): Setting {
  const { model, deployment, earlier, refused } = setting;
  if (!random.chance(0.25) || earlier.length > 0 || refused !== undefined) return setting;
  return {
    ...setting,
    model: apart(model),
    deployment: deployment && { ...deployment, model: apart(deployment.model) },
  };
}

function apart(model: AccessModel): AccessModel {
  return { ...model, hash: `${model.hash}, kept apart`, duties: DUTIES };
}
