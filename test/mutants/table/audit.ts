// Mistakes in what is sealed of an audit entry, and for whom.
import { inFile, type Mutant } from '../mutant.ts';

const REDACTION = ['test/core/audit/redaction.test.ts'] as const;
const RESTORE = ['test/core/audit/rebuild.test.ts'] as const;
const STORES = ['test/stores/metered-tables.test.ts'] as const;
const LAKE = ['test/bin/audit-verify-lake.test.ts'] as const;
const SETTINGS = ['test/handlers/access/record-settings.test.ts'] as const;

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
    'lambdas/handlers/audit/redact-entries.ts',
    {
      id: 'other-fact-sealed',
      find: 'fact !== undefined && factHashOf(fact) === place.factHash',
      replace: 'fact !== undefined',
      breaks: 'what somebody put in the place of a fact is sealed as the fact',
      suites: ['test/handlers/audit/redact-entries.test.ts'],
    },
    {
      id: 'named-anew-by-the-walk',
      find: '!indexes.has(ids.get(entry) as string)',
      replace: 'ids.has(entry)',
      breaks: 'who was forgotten is given a pseudonym again by what others say of them',
      suites: ['test/handlers/audit/redact-entries.test.ts'],
    },
    {
      id: 'fact-names-whom-it-does-not-mean',
      find: 'if (known.has(key) && known.get(key)?.forgottenAt === undefined) continue;',
      replace: 'if (known.has(key)) continue;',
      breaks: 'a manager who has the id of somebody erased is nobody to the log',
      suites: ['test/handlers/audit/redact-entries.test.ts'],
    },
  ),
  ...inFile(
    'lambdas/core/audit/rebuild.ts',
    {
      id: 'incomplete-restored-as-whole',
      find: 'person.isIncomplete ? waiting(person, incompleteHold) : restored(person, nowMs)',
      replace: 'restored(person, nowMs)',
      breaks: 'a leaver whose leaving cannot be read is employed again after a restore',
      suites: RESTORE,
    },
    {
      id: 'dropped-comes-back',
      find: 'fact.held === undefined || released.has(fact.held) ? holdId : fact.held',
      replace: 'holdId',
      breaks: 'what a person dropped takes effect with what waits for another decision',
      suites: RESTORE,
    },
    {
      id: 'oldest-telling-counts',
      find: 'person.facts.set(fact.factId, {',
      replace: 'if (!person.facts.has(fact.factId)) person.facts.set(fact.factId, {',
      breaks: 'a fact that was lost and sent again is restored as it was lost',
      suites: RESTORE,
    },
  ),
  ...inFile(
    'lambdas/core/audit/rebuilt-accounts.ts',
    {
      id: 'restored-from-hearsay',
      find: 'if (answered !== true && (observed === undefined || known.account !== undefined)) return;',
      replace: 'if (observed === undefined) return;',
      breaks: 'what nobody read counts as read after a restore',
      suites: RESTORE,
    },
    {
      id: 'lost-call-forgotten',
      find: 'this.#account(event.applicationId, atMs).openCallId = event.callId;',
      replace: 'this.#account(event.applicationId, atMs);',
      breaks: 'nobody looks into a call that was under way when everything was lost',
      suites: RESTORE,
    },
  ),
  ...inFile('lambdas/stores/subjects/kept-subjects.ts', {
    id: 'erased-key-comes-back',
    find: 'subjects: all.filter(({ pseudonym }) => !erased.has(pseudonym)),',
    replace: 'subjects: all,',
    breaks: 'a recovered table of keys brings back whom the log says to be erased',
    suites: ['test/bin/restore.test.ts'],
  }),
  ...inFile('lambdas/core/audit/rebuilt-holds.ts', {
    id: 'decided-held-again',
    find: "held === '' || decided.has(held) ? [] : held",
    replace: "held === '' ? [] : held",
    breaks: 'who was decided on waits for a decision for ever',
    suites: RESTORE,
  }),
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
  ...inFile(
    'lambdas/core/audit/verify/verify-lake.ts',
    {
      id: 'lake-row-anywhere',
      find: 'else if (expected.path !== path) told.add(',
      replace: 'else if (expected.path === undefined) told.add(',
      breaks: 'rows that lie in another day, where no query finds them, pass for those of the lake',
      suites: LAKE,
    },
    {
      id: 'lake-row-missing-unsaid',
      find: 'if (seen !== undefined || index >= this.#size || unreadable.has(path)) continue;',
      replace: 'if (seen !== undefined || index >= this.#size - 300 || unreadable.has(path)) continue;',
      breaks: 'a row that was taken out of the lake is not missed',
      suites: LAKE,
    },
    {
      id: 'lake-row-altered-unsaid',
      find: 'if (digestOfRow(row) !== expected.digest)',
      replace: 'if (expected.digest === undefined)',
      breaks: 'a value that was altered in the lake passes for the one that was sealed',
      suites: LAKE,
    },
  ),
  ...inFile(
    'lambdas/core/audit/settings-change.ts',
    {
      id: 'removed-setting-unsaid',
      find: '[...new Set([...Object.keys(old), ...Object.keys(hashes)])]',
      replace: '[...new Set(Object.keys(hashes))]',
      breaks: 'a setting that was taken away has no entry',
      suites: SETTINGS,
    },
    {
      id: 'address-hashed',
      find: '!UNHASHED.has(name) &&',
      replace: 'name !== undefined &&',
      breaks: 'a hash of an address, which can be guessed, stands in the log for good',
      suites: SETTINGS,
    },
  ),
  ...inFile('lambdas/handlers/access/record-settings.ts', {
    id: 'settings-forgotten-by-crash',
    find: 'if (last?.pending !== undefined) {',
    replace: 'if (last?.pending !== undefined && last.revision > 2) {',
    breaks: 'a change of settings that a function of a former release died over is never on record',
    suites: SETTINGS,
  }),
];
