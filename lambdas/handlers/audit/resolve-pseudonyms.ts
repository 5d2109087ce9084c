// Who stands behind pseudonyms of the sealed log, and which somebody has. Whom it tells of is on record as of anything else
// that an operator is shown, and so is who asked, whatever came of it.
import { auditRoutes } from '../../api/audit.ts';
import type { SubjectName } from '../../core/audit/redaction.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { InvalidInputError } from '../../core/errors.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoSubjectStore } from '../../stores/subjects/dynamo-subject-store.ts';
import type { SubjectStore } from '../../stores/subjects/subject-store.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';

export interface ResolveDependencies extends ApiDependencies {
  readonly subjects: Pick<SubjectStore, 'resolve' | 'findPseudonyms'>;
}

const MAXIMUM_ASKED = 100;

const ROUTE = auditRoutes['resolve-pseudonyms'];

export const resolvePseudonyms = answerOperator(
  ROUTE,
  async ({ subjects }: ResolveDependencies, { operator, body: { pseudonyms, identities, operators } }) => {
    const asked = pseudonyms.length + identities.length + operators.length;
    if (asked < 1 || asked > MAXIMUM_ASKED) {
      throw new InvalidInputError('The body does not hold to the contract.', [
        { pointer: '', detail: `expected 1 to ${MAXIMUM_ASKED} in all` },
      ]);
    }
    const names: readonly SubjectName[] = [
      ...identities.map((id) => ({ kind: 'identity', id }) as const),
      ...operators.map((id) => ({ kind: 'operator', id }) as const),
    ];
    const resolved = pseudonyms.length > 0 ? await subjects.resolve(pseudonyms) : new Map<string, SubjectName>();
    const known = names.length > 0 ? await subjects.findPseudonyms(names) : new Map<string, string>();
    const items = [
      ...[...resolved].map(([pseudonym, { kind, id }]) => ({ pseudonym, kind, id })),
      ...names.flatMap(({ kind, id }) => {
        const pseudonym = known.get(`${kind}#${id}`);
        return pseudonym === undefined ? [] : [{ pseudonym, kind, id }];
      }),
    ];
    const shows = [auditKeyOf({ kind: 'operator', id: operator.id }), ...items.map(auditKeyOf)];
    return { status: 200, shows, body: { items }, log: { asked, found: items.length } };
  },
);

export const handler = serveApi(ROUTE, () =>
  resolvePseudonyms({ ...liveApiDependencies(), subjects: dynamoSubjectStore() }),
);
