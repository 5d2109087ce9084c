// Mistakes in what is sealed of an audit entry, and for whom.
import { inFile, type Mutant } from '../mutant.ts';

const REDACTION = ['test/core/audit/redaction.test.ts'] as const;
const STORES = ['test/stores/metered-tables.test.ts'] as const;

export const AUDIT_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/core/audit/redaction.ts',
    {
      id: 'unknown-member-open',
      find: "(Object.hasOwn(rules, name) ? rules[name] : undefined) ?? 'sealed'",
      replace: "(Object.hasOwn(rules, name) ? rules[name] : undefined) ?? 'open'",
      breaks: 'what nobody has decided on stands in the log in the clear',
      suites: REDACTION,
    },
    {
      id: 'foreign-trigger-open',
      find: 'entry.trigger === undefined || isOwnTrigger(entry.trigger) ? entry.trigger',
      replace: 'entry.trigger === undefined || entry.trigger ? entry.trigger',
      breaks: 'the id of an HR event stands in the log in the clear',
      suites: REDACTION,
    },
    {
      id: 'others-sealed-by-id',
      find: 'if (others.length === 0) return value;',
      replace: 'return value;',
      breaks: 'somebody is told of under the key of another, after their own was destroyed',
      suites: REDACTION,
    },
    {
      id: 'told-again-after-erasure',
      find: 'forgottenAt !== undefined && entry.at <= forgottenAt',
      replace: 'forgottenAt !== undefined && entry.at < forgottenAt',
      breaks: 'an entry that is delivered twice is sealed anew under a key that is not destroyed',
      suites: REDACTION,
    },
  ),
  ...inFile(
    'lambdas/stores/subjects/dynamo-subject-store.ts',
    {
      id: 'pseudonym-overwritten',
      find: "? { ConditionExpression: 'attribute_not_exists(pk)' }",
      replace: "? { ConditionExpression: 'attribute_not_exists(secret) OR attribute_exists(pk)' }",
      breaks: 'of two callers at once each seals under a key of its own',
      suites: STORES,
    },
    {
      id: 'mapping-outlives-key',
      find: 'TransactItems: [put(left, isTheSame), deletion]',
      replace: 'TransactItems: [put(left, isTheSame)]',
      breaks: 'who was forgotten can still be named',
      suites: STORES,
    },
  ),
];
