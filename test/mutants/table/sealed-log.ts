// Mistakes in the sealed log's hashes and signatures, and in how a copy of it is verified.
import { inFile, type Mutant } from '../mutant.ts';

const TREE = ['test/core/audit/tlog/tree.test.ts'] as const;
const PROOFS = ['test/core/audit/tlog/proofs.test.ts'] as const;
const NOTES = ['test/core/audit/tlog/note.test.ts'] as const;
const VERIFYING = ['test/core/audit/verify/verify-log.test.ts'] as const;

export const SEALED_LOG_MUTANTS: readonly Mutant[] = [
  ...inFile('lambdas/core/audit/tlog/hashing.ts', {
    id: 'leaf-is-a-node',
    find: '= [0x00, 0x01]',
    replace: '= [0x01, 0x01]',
    breaks: 'two hashes are passed off as an entry',
    suites: TREE,
  }),
  ...inFile('lambdas/core/audit/tlog/tree.ts', {
    id: 'bundle-unlike-its-tile',
    find: '!equalBytes(leafHash(entry), hash)',
    replace: 'false',
    breaks: 'the next bundle seals entries that somebody put in the place of others',
    suites: TREE,
  }),
  ...inFile('lambdas/core/audit/tlog/proofs.ts', {
    id: 'proof-too-short',
    find: 'return sn === 0 && equalBytes(firstHash, claim.firstRoot)',
    replace: 'return equalBytes(firstHash, claim.firstRoot)',
    breaks: 'a proof cut short is taken',
    suites: PROOFS,
  }),
  ...inFile(
    'lambdas/core/audit/tlog/note.ts',
    {
      id: 'unsigned-note-opens',
      find: 'own.length === 0 ? [] : [vkey]',
      replace: '[vkey]',
      breaks: 'a checkpoint opens that the key never signed',
      suites: NOTES,
    },
    {
      id: 'bad-signature-beside-a-good-one',
      find: 'if (bad !== undefined) throw',
      replace: 'if (bad !== undefined && own.length === 1) throw',
      breaks: 'a note whose signature does not hold is taken for the other one on it',
      suites: NOTES,
    },
  ),
  ...inFile(
    'lambdas/core/audit/verify/known-checkpoints.ts',
    {
      id: 'any-origin',
      find: '!names.includes(checkpoint.origin)',
      replace: 'names.length === 0',
      breaks: "another log's checkpoint is taken for this one's",
      suites: VERIFYING,
    },
    {
      id: 'older-checkpoint-taken',
      find: 'head !== undefined && latest !== head',
      replace: 'head === undefined',
      breaks: 'nobody is told that an older checkpoint was put back',
      suites: VERIFYING,
    },
  ),
  ...inFile(
    'lambdas/core/audit/verify/known-keys.ts',
    {
      id: 'former-key-signs-on',
      find: 'signer === undefined || verifiedBy.includes(due.vkey)) return undefined',
      replace: 'signer === undefined || keys.vkeys.includes(signer)) return undefined',
      breaks: 'what a former key signed after it was followed is taken',
      suites: VERIFYING,
    },
    {
      id: 'given-key-not-announced',
      find: 'if (announced.includes(vkey)) continue;',
      replace: 'if (given.includes(vkey)) continue;',
      breaks: 'nobody is told that the copy knows nothing of the key that they were given',
      suites: VERIFYING,
    },
  ),
  ...inFile('lambdas/core/audit/tlog/key-succession.ts', {
    id: 'announced-by-itself',
    find: 'if (!verifiedBy.includes(vkey)) throw',
    replace: 'if (verifiedBy.length === 0) throw',
    breaks: 'a key is announced that the one before it never signed for',
    suites: VERIFYING,
  }),
  ...inFile('lambdas/core/audit/verify/known-witnesses.ts', {
    id: 'fewer-witnesses-are-enough',
    find: 'witnesses.size >= quorum',
    replace: 'witnesses.size > 0',
    breaks: 'one witness stands for all',
    suites: VERIFYING,
  }),
  ...inFile('lambdas/core/audit/verify/entry-rules.ts', {
    id: 'gap-explained-by-nothing',
    find: 'sequence - expected <= this.#unread',
    replace: 'sequence - expected >= this.#unread',
    breaks: 'an entry that was never sealed is missed by nobody',
    suites: VERIFYING,
  }),
  ...inFile(
    'lambdas/core/audit/verify/tree-pass.ts',
    {
      id: 'earlier-tiles-unread',
      find: 'Math.min(stored, width) * HASH_BYTES',
      replace: '(stored < width ? 0 : width) * HASH_BYTES',
      breaks: 'what an earlier tile was altered to is not found',
      suites: VERIFYING,
    },
    {
      id: 'cut-tile-stands',
      find: 'if (inventory.pathFor(level, index, width) === undefined) this',
      replace: 'if (width === 0) this',
      breaks: 'a tile that is gone is missed by nobody',
      suites: VERIFYING,
    },
  ),
  ...inFile('lambdas/core/audit/verify/verify-log.ts', {
    id: 'log-may-go-back',
    find: 'size !== undefined && size > head.size',
    replace: 'size === undefined && known.length === 0',
    breaks: 'who kept a checkpoint is not told that the log went back',
    suites: VERIFYING,
  }),
];
