// Who is asking, by the token the JWT authorizer has verified, and whether they may. The route's definition decides.
import { type Role, rolesIn, type Scope, scopeOf, type View, viewOf, widestScope } from '../api/roles.ts';
import type { OperatorRoute } from '../api/route.ts';
import { ApiProblem } from './api-problem.ts';
import { groupsClaim } from './groups-claim.ts';
import type { ApiRequest } from './serve-api.ts';

/** Which claims of the token to read: they differ by identity provider. */
export interface ClaimNames {
  readonly groups: string;
  /** The operator's own identity id in Tenure. */
  readonly identity: string;
}

export interface Operator {
  /** For the audit log: the identity's id, else the token's subject. */
  readonly id: string;
  /** Undefined when the token names none: such an operator has no reports. */
  readonly identityId: string | undefined;
  readonly roles: readonly Role[];
  readonly scope: Exclude<Scope, 'none'>;
  /** What is shown of anybody: by the roles that reach everybody on this route. */
  readonly view: View;
  /** What is shown of the operator's own reports: by every role that allows this route. */
  readonly reportsView: View;
}

const MAXIMUM_CLAIM_LENGTH = 128;

/** By which id the audit log knows who asks, whatever they may; undefined without a verified token. */
export function operatorOf({ claims }: ApiRequest, names: ClaimNames): string | undefined {
  const subject = textClaim(claims?.['sub']);
  return subject && (textClaim(claims?.[names.identity]) ?? subject);
}

/** Throws ApiProblem 401 without a verified token, 403 when no role of the operator allows the route. */
export function authorize({ access }: Pick<OperatorRoute, 'access'>, request: ApiRequest, names: ClaimNames): Operator {
  const { claims } = request;
  const subject = textClaim(claims?.['sub']);
  if (claims === undefined || subject === undefined) throw new ApiProblem(401, 'Send a bearer token.');
  const roles = rolesIn(groupsClaim(request, names.groups));
  const scope = widestScope(access, roles);
  if (scope === 'none') throw new ApiProblem(403, 'None of your roles allows this.');
  const identityId = textClaim(claims[names.identity]);
  const allowed = roles.filter((role) => scopeOf(access, role) !== 'none');
  const view = viewOf(allowed.filter((role) => scopeOf(access, role) === 'all'));
  return { id: identityId ?? subject, identityId, roles, scope, view, reportsView: viewOf(allowed) };
}

function textClaim(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' && claim.length <= MAXIMUM_CLAIM_LENGTH ? claim : undefined;
}
