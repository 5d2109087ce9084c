// Mistakes in how the audit log is sequenced, sealed and watched over.
import { inFile, type Mutant } from '../mutant.ts';

const SEQUENCING = ['test/core/audit/sealing/sequencing.test.ts'] as const;
const SEQUENCE = ['test/handlers/audit/sequence-entries.test.ts'] as const;
const SEAL = ['test/handlers/audit/seal-log.test.ts'] as const;
const CHECKPOINT = ['test/core/audit/sealing/checkpoint.test.ts'] as const;
const STORES = ['test/stores/metered-tables.test.ts'] as const;
const STACKS = ['test/lib/sealed-log-permissions.test.ts'] as const;

export const SEALING_MUTANTS: readonly Mutant[] = [
  ...inFile('lambdas/core/audit/sealing/sequencing.ts', {
    id: 'sequence-not-read',
    find: 'after.get(subject) ?? counts.get(subject) ?? 0',
    replace: 'after.get(subject) ?? 0',
    breaks: 'each commit numbers a subject’s entries from 0 again',
    suites: SEQUENCING,
  }),
  ...inFile(
    'lambdas/stores/log/dynamo-log-store.ts',
    {
      id: 'position-not-fenced',
      find: "from === 0 ? 'attribute_not_exists(#size)' : '#size = :from'",
      replace: "from === 0 ? 'attribute_not_exists(#size)' : '#size >= :from'",
      breaks: 'two who sequence write to one position, and one of them loses entries',
      suites: STORES,
    },
    {
      id: 'key-ends-in-the-middle',
      find: "'keyNumber = :before AND #fixed = :size'",
      replace: "'keyNumber = :before AND #fixed >= :size'",
      breaks: 'a key ends where somebody may still sign with it, and an honest log is refused',
      suites: STORES,
    },
    {
      id: 'second-root-fixed',
      find: 'ConditionExpression: `${IS_NEW} OR root = :root`',
      replace: 'ConditionExpression: `${IS_NEW} OR root <> :root`',
      breaks: 'a size has two roots',
      suites: STORES,
    },
  ),
  ...inFile('lambdas/handlers/audit/commit-entries.ts', {
    id: 'unreadable-leaf-sealed',
    find: '    decodeLogEntry(bytes);\n',
    replace: '',
    breaks: 'an entry that no verifier reads is sealed for ever',
    suites: SEQUENCE,
  }),
  ...inFile(
    'lambdas/handlers/audit/sequence-entries.ts',
    {
      id: 'altering-not-told',
      find: 'tampered: altering.length',
      replace: 'tampered: 0',
      breaks: 'nobody is told that an audit entry was altered',
      suites: SEQUENCE,
    },
    {
      id: 'refused-behind-a-stop',
      find: 'place === -1 ? read : read.slice(0, place)',
      replace: 'place === -1 ? read : read.slice(0)',
      breaks: 'what is tried again is set aside as well',
      suites: SEQUENCE,
    },
  ),
  ...inFile('lambdas/core/audit/sealing/checkpoint.ts', {
    id: 'fork-not-seen',
    find: 'fixedRoot !== published.root',
    replace: 'fixedRoot === undefined',
    breaks: 'a forked checkpoint is grown on',
    suites: CHECKPOINT,
  }),
  ...inFile(
    'lambdas/handlers/audit/seal-log.ts',
    {
      id: 'old-root-not-held',
      find: 'if (base64(grown.previousRoot) !== from.root)',
      replace: "if (base64(grown.previousRoot) === '')",
      breaks: 'a tree is grown on tiles that were written over',
      suites: SEAL,
    },
    {
      id: 'root-signed-by-the-tables-word',
      find: '    await requireSameCheckpoint(sealing, checkpointPath(from.size), from);\n',
      replace: '',
      breaks: 'a root that only the log’s table knows of is signed and published',
      suites: SEAL,
    },
    {
      id: 'other-object-taken-for-the-same',
      find: 'if (there === undefined || !Buffer.from(there.bytes).equals(bytes))',
      replace: 'if (there === undefined)',
      breaks: 'somebody else’s tile is sealed',
      suites: SEAL,
    },
  ),
  ...inFile(
    'lambdas/handlers/audit/log-keys.ts',
    {
      id: 'former-key-opens-what-comes-after',
      find: '    if (!verifiedBy.includes(this.#at(number).vkey))\n',
      replace: '    if (verifiedBy.length === 0)\n',
      breaks: 'a checkpoint that the former key signed is grown on',
      suites: SEAL,
    },
    {
      id: 'key-announced-by-the-tables-word',
      find: 'if (sealed?.size !== size || sealed.root !== (await log.findRoot(size)))',
      replace: 'if (sealed?.size !== size)',
      breaks: 'a key is announced for another history',
      suites: SEAL,
    },
  ),
  ...inFile('lambdas/handlers/audit/witness-log.ts', {
    id: 'cosignature-of-any-time',
    find: 'if (Math.abs(cosignature.timeMs - nowMs) > MAXIMUM_CLOCK_DIFFERENCE_MS)',
    replace: 'if (Math.abs(cosignature.timeMs - nowMs) < 0)',
    breaks: 'a witness says that it saw the log at any time it likes',
    suites: ['test/handlers/audit/witness-log.test.ts'],
  }),
  ...inFile('lib/constructs/audit/sealed-log.ts', {
    id: 'objects-written-over',
    find: "conditions: { Null: { 's3:if-none-match': 'true' } },",
    replace: "conditions: { Null: { 's3:if-none-match': 'false' } },",
    breaks: 'whoever may write a tile may put another over it',
    suites: STACKS,
  }),
];
