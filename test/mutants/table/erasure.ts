// Mistakes in when somebody is erased, in what is left of them, and in how their entries are told from tampering.
import { inFile, type Mutant } from '../mutant.ts';

const CORE = ['test/core/removal/erasure.test.ts'] as const;
const ERASING = ['test/handlers/audit/erase-personal-data.test.ts'] as const;
const STORES = ['test/stores/metered-tables.test.ts'] as const;
const STACKS = ['test/lib/sealed-log-permissions.test.ts'] as const;

export const ERASURE_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/core/removal/erasure.ts',
    {
      id: 'erased-unproven',
      find: 'if (awaitsProof(state, record.header.removal, record.accounts)) return refused',
      replace: 'if (state.status === "active") return refused',
      breaks: 'what is known of somebody is destroyed while their access is still being removed',
      suites: CORE,
    },
    {
      id: 'rehire-not-final',
      find: "return refused('It is employed, or will be.', true);",
      replace: "return refused('It is employed, or will be.');",
      breaks: 'somebody who came back is erased the day they leave again, by an old agreement',
      suites: CORE,
    },
  ),
  ...inFile(
    'lambdas/handlers/audit/erase-personal-data.ts',
    {
      id: 'erased-before-sealed',
      find: '  if (missing > 0) {',
      replace: '  if (missing < 0) {',
      breaks: 'entries never get into the log, since the key is gone under which they would have been',
      suites: ERASING,
    },
    {
      id: 'erased-before-due',
      find: 'return decision.decidedMs + erasure.delayMs > nowMs ? []',
      replace: 'return decision.decidedMs > nowMs ? []',
      breaks: 'nobody has the time to call an erasure off',
      suites: ERASING,
    },
  ),
  ...inFile('lambdas/handlers/shared/erase-known.ts', {
    id: 'reads-stay',
    find: '  for (const partition of partitionsOf(identityId)) {\n    while',
    replace: '  for (const partition of [identityId]) {\n    while',
    breaks: 'who was shown somebody still tells of them, by their id',
    suites: ERASING,
  }),
  ...inFile('lambdas/handlers/audit/erased-entries.ts', {
    id: 'forged-erasure-believed',
    find: 'if (indexes.has(logId)) erased.set(id, forgottenAt);',
    replace: 'erased.set(id, forgottenAt ?? String(indexes.has(logId)));',
    breaks: 'whoever can write that somebody was forgotten removes their entries unnoticed',
    suites: ERASING,
  }),
  ...inFile('lambdas/handlers/audit/redact-entries.ts', {
    id: 'told-again-is-kept',
    find: 'await subjects.subjectsOf([...names.values()], latest)',
    replace: 'await subjects.subjectsOf([...names.values()], new Map([...latest].slice(latest.size)))',
    breaks: 'a record that the stream brings twice gives somebody who was erased a pseudonym again',
    suites: ERASING,
  }),
  ...inFile('lambdas/stores/facts/dynamo-fact-store.ts', {
    id: 'old-event-brings-back',
    find: "'attribute_not_exists(pk) OR erasedMs < :told'",
    replace: "'attribute_not_exists(pk) OR erasedMs <= :told'",
    breaks: 'an event of the moment of an erasure brings back whom it erased',
    suites: STORES,
  }),
  ...inFile('lambdas/stores/leases/dynamo-lease-store.ts', {
    id: 'frozen-is-worked-on',
    find: "'attribute_exists(pk) AND attribute_not_exists(erasing) AND ' +",
    replace: "'attribute_exists(pk) AND ' +",
    breaks: 'access is still changed, and told of, while what is known is destroyed',
    suites: STORES,
  }),
  ...inFile('lib/constructs/audit/append-only-table.ts', {
    id: 'everybody-takes-entries-out',
    find: 'exceptRoles: [`${erasureRolePath(settings).slice(1)}*`],',
    replace: 'exceptRoles: [`${erasureRolePath(settings).slice(1, 8)}*`],',
    breaks: 'every function of Tenure, and every role that is made on its path, may remove audit entries',
    suites: STACKS,
  }),
];
