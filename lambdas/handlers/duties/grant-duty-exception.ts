// Somebody answers for it that an identity holds two sides of a rule until then, and security agrees.
import { dutyRoutes } from '../../api/duties.ts';
import { whyNotExcepted } from '../../core/duties/granting-exceptions.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../../core/errors.ts';
import { type ExceptionGrantedFact, ownFactBase } from '../../core/identity/facts.ts';
import { mayTakeOver } from '../../core/identity/ownership.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';
import { decideException, grantedOf } from './decide-exception.ts';

const ROUTE = dutyRoutes['grant-duty-exception'];

export const grantDutyException = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters: { rule }, body }) => {
    const { identity: id, owner: named, reason, until } = body;
    const model = dependencies.model();
    if (!model.duties?.some((one) => one.id === rule)) throw new NotFoundError('There is no such rule.');
    const untilMs = Date.parse(until);
    return decideException(dependencies, { operator, id, rule }, async (loaded, approvedBy) => {
      const { identityId } = loaded.record.header;
      const owner = await requireOwner(dependencies, named, identityId);
      const refusal = whyNotExcepted({ rule, untilMs }, model, loaded);
      if (refusal !== undefined) throw new ConflictError(refusal);
      const isSaid = grantedOf(rule, loaded).some(
        (one) => one.owner === owner && one.reason === reason && one.untilMs === untilMs,
      );
      if (isSaid) return [];
      const fact: ExceptionGrantedFact = {
        ...ownFactBase(identityId, `excepted/${dependencies.newId()}`, loaded.nowMs),
        ...{ type: 'exception-granted', rule, owner, approvedBy, reason, endsMs: untilMs },
      };
      return [fact];
    });
  },
);

/** The owner as a person. Throws InvalidInputError: nobody answers for themselves, or once they are gone. */
async function requireOwner(dependencies: ApiDependencies, named: string, identityId: string): Promise<string> {
  const loaded = await findWhereItCounts(dependencies, named);
  const owner = loaded?.record.header.identityId;
  if (loaded !== undefined && owner !== undefined && owner !== identityId && mayTakeOver(loaded.state)) return owner;
  const detail = 'expected the id of a person who is at work, and not the one whom the exception is for';
  throw new InvalidInputError('Nobody answers for it.', [{ pointer: '/owner', detail }]);
}

export const handler = serveApi(ROUTE, () => grantDutyException(liveApiDependencies()));
