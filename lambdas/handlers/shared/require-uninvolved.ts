// Nobody decides what concerns themselves. That can be told only of an operator whose token says which identity they
// are (an access token of Cognito does not), and only when both sides are compared as the person they stand for: an id
// that was merged is the survivor's.
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { mergedInto } from '../../core/identity/merged-identities.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import type { Dependencies } from './dependencies.ts';

type PersonDependencies = Pick<Dependencies, 'directory'>;

/** More merges in a row than one person has been through; they form no circle, since what was merged takes no more. */
const MAXIMUM_MERGES = 20;

/** The identity at which everything about this one counts: itself, unless it was merged. Throws ApiProblem 403. */
export async function personOf({ directory }: PersonDependencies, identityId: string): Promise<string> {
  let person = identityId;
  for (let merges = 0; merges <= MAXIMUM_MERGES; merges += 1) {
    const record = identityIdSchema.safeParse(person).success ? await directory.load(person) : undefined;
    const into = mergedInto(record?.facts ?? []);
    if (into === undefined) return person;
    person = into;
  }
  throw new ApiProblem(403, 'It cannot be told which person this is: too many merges.');
}

/** The operator as a person. Throws ApiProblem 403 when the token names no identity. */
export async function requirePerson(dependencies: PersonDependencies, { identityId }: Operator): Promise<string> {
  if (identityId !== undefined) return personOf(dependencies, identityId);
  throw new ApiProblem(403, 'Your token does not say which identity you are: send an ID token that does.');
}

/** Throws ApiProblem 403 when the operator is one of those concerned, or may be. */
export async function requireUninvolved(
  dependencies: PersonDependencies,
  operator: Operator,
  concerned: readonly string[],
): Promise<void> {
  const own = await requirePerson(dependencies, operator);
  const people = await Promise.all(concerned.map((identityId) => personOf(dependencies, identityId)));
  if (people.includes(own)) throw new ApiProblem(403, 'Somebody else must decide what concerns you.');
}
