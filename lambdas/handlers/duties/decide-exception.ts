// What granting an exception and ending it have in common: who may, and recording it on what is known by then.
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import type { Fact } from '../../core/identity/facts.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { type ApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { personOf, requirePerson, requireUninvolved } from '../shared/require-uninvolved.ts';

interface Deciding {
  readonly operator: Operator;
  /** The identity concerned. */
  readonly id: string;
  readonly rule: string;
}

/** `decide` throws what speaks against it. Throws NotFoundError, and ApiProblem 403 for the one concerned and their owner. */
export async function decideException(
  dependencies: ApiDependencies,
  { operator, id, rule }: Deciding,
  decide: (loaded: LoadedIdentity, by: string) => Promise<readonly Fact[]>,
) {
  const by = await requirePerson(dependencies, operator);
  await requireIdentity(dependencies, id);
  const identityId = await personOf(dependencies, id);
  const recorded = await recordOnVersion(dependencies, identityId, async (loaded) => {
    const { ownerId } = loaded.record.header.summary;
    await requireUninvolved(dependencies, operator, [identityId, ...(ownerId === undefined ? [] : [ownerId])]);
    const facts = await decide(loaded, by);
    return facts.map((fact) => ({
      fact,
      payloadHash: sha256Hex(canonicalJson(fact)),
      actor: { type: 'operator', id: operator.id },
    }));
  });
  const { header } = recorded.record;
  const exceptions = grantedOf(rule, recorded).map(({ factId, owner, reason, untilMs }) => {
    return { fact: factId, owner, reason, until: toIso(untilMs) };
  });
  const body = { identityId: header.identityId, rule, version: header.version, exceptions };
  return { status: 200, shows: [header.identityId], body, log: { identityId: header.identityId, rule } } as const;
}

/** Those in force. */
export function grantedOf(rule: string, { state }: LoadedIdentity) {
  return (isEmployed(state) ? (state.exceptions ?? []) : []).filter((one) => one.rule === rule);
}
