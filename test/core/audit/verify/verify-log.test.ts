// Whatever is done to a sealed log is found, and named by its place; what is not wrong is not called so.
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeLogEntry } from '../../../../lambdas/core/audit/log-entry.ts';
import { verifierKey } from '../../../../lambdas/core/audit/tlog/note.ts';
import { growTree } from '../../../../lambdas/core/audit/tlog/tree.ts';
import type { LogCopy } from '../../../../lambdas/core/audit/verify/log-copy.ts';
import { type Since, type Verification, verifyLog } from '../../../../lambdas/core/audit/verify/verify-log.ts';
import {
  checkpointPath,
  KEY,
  type LogObjects,
  logEntry,
  logLeaves,
  ORIGIN,
  rotatedLog,
  type SealingKey,
  sealedLog,
  sealingKey,
  signedCheckpoint,
  VKEY,
} from '../../../support/sealed-log.ts';
import {
  bytesOf,
  CHANGES,
  change,
  copyOf,
  KEY_TAMPERINGS,
  LEAVES,
  SECOND,
  SIZES,
  TAMPERINGS,
  THIRD,
} from '../../../support/tampered-logs.ts';
import { cosignatureLine, keyIdOf, witnessVkey } from '../../../support/witness-server.ts';

let sealed: LogObjects;
beforeAll(async () => {
  sealed = await sealedLog(LEAVES, SIZES);
});

function copyIn(log: LogObjects): LogCopy {
  return {
    async *list() {
      yield* log.keys();
    },
    read: async (path, maximumBytes) => {
      const bytes = log.get(path);
      return bytes !== undefined && bytes.length <= maximumBytes ? bytes : undefined;
    },
    digest: async (path) => {
      const bytes = log.get(path);
      return bytes && { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
    },
  };
}

const verify = (log: LogObjects, since?: Since) => verifyLog(copyIn(log), { vkeys: [VKEY], since });
const told = ({ faults }: Verification) => faults.map(({ kind, message }) => `${kind}: ${message}`);
const vkeyOf = ({ publicKey }: SealingKey) => verifierKey(ORIGIN, publicKey);
const kept = (size: number): Since => ({ checkpoint: bytesOf(sealed, checkpointPath(size)), place: 'kept' });

describe('a log as it was sealed', () => {
  it('is verified whole', async () => {
    const verification = await verify(sealed, kept(700));
    expect(told(verification)).toEqual([]);
    expect(verification.remarks).toEqual([]);
    const objects = [...sealed.keys()].filter((path) => path.startsWith('tile/')).length;
    expect(verification.checked).toEqual({ entries: 1000, checkpoints: 7, objects, subjects: 37, details: 0 });
    expect(verification.head).toMatchObject({ place: 'checkpoint', size: 1000, signed: true });
  });

  it.each([0, 1, 255, 256, 257, 65_537])('is verified at %i entries', async (size) => {
    const verification = await verify(await sealedLog(logLeaves(size), [size]));
    expect(told(verification)).toEqual([]);
    expect(verification.checked.entries).toBe(size);
  });

  it('is verified though partial tiles were removed that a full one stands in for', async () => {
    const log = copyOf(sealed);
    for (const path of log.keys()) if (path.includes('/002.p/') || path.includes('/000.p/1')) log.delete(path);
    expect(told(await verify(log))).toEqual([]);
  });

  it('is verified up to its checkpoint, and what lies beyond is told to be unsealed', async () => {
    const log = copyOf(sealed);
    for (const path of ['checkpoint', checkpointPath(1000)]) log.set(path, bytesOf(log, checkpointPath(700)));
    log.delete(checkpointPath(1000));
    const verification = await verify(log);
    expect(told(verification)).toEqual([]);
    expect(verification.checked.entries).toBe(700);
    expect(verification.remarks).toEqual([
      expect.stringMatching(/^5 objects hold entries behind the first 700, which are not sealed: tile\//),
    ]);
  });

  it('is told to be signed by nobody when the key is another, and still looked at', async () => {
    const other = sealingKey(2).publicKey;
    const verification = await verifyLog(copyIn(sealed), { vkeys: [verifierKey(ORIGIN, other)] });
    expect(verification.faults.map(({ kind, path }) => `${kind} ${path}`)).toEqual(
      [...SIZES.map(checkpointPath), 'checkpoint'].map((path) => `signature ${path}`),
    );
    expect(verification.remarks[0]).toMatch(/it proves nothing/);
    expect(verification.checked.entries).toBe(1000);
  });
});

describe('a log whose keys followed one another', () => {
  it.each([
    ['the first', [KEY]],
    ['the one between', [SECOND]],
    ['the last', [THIRD]],
    ['all, in whatever order', [THIRD, KEY, SECOND]],
  ])('is verified whole by who knows %s', async (_, given) => {
    for (const overlaps of [false, true]) {
      const log = await rotatedLog(LEAVES, SIZES, CHANGES, overlaps);
      const verification = await verifyLog(copyIn(log), { vkeys: given.map(vkeyOf), since: kept(100) });
      expect(told(verification)).toEqual([]);
      expect(verification.remarks).toEqual([]);
      expect(verification.head).toMatchObject({ place: 'checkpoint', size: 1000, signed: true });
      expect(verification.keys).toMatchObject({ vkeys: [KEY, SECOND, THIRD].map(vkeyOf), ends: [256, 700] });
    }
  });

  it('is verified from each moment of a change on', async () => {
    for (const sizes of [[256], [256, 257], [257]]) {
      const log = await rotatedLog(logLeaves(sizes.at(-1) ?? 0), sizes, [{ after: 256, key: SECOND }]);
      for (const key of [KEY, SECOND]) expect(told(await verifyLog(copyIn(log), { vkeys: [vkeyOf(key)] }))).toEqual([]);
    }
    const empty = await rotatedLog(logLeaves(3), [3], [{ after: 0, key: SECOND }]);
    expect(told(await verifyLog(copyIn(empty), { vkeys: [vkeyOf(KEY)] }))).toEqual([]);
  });

  it('cannot go back to where the first key signed for who kept a checkpoint since', async () => {
    const kept = { checkpoint: bytesOf(await rotatedLog(LEAVES, SIZES, CHANGES), checkpointPath(1000)), place: 'kept' };
    const forged = await sealedLog(LEAVES.with(999, LEAVES[0] ?? Buffer.of()), SIZES);
    expect(told(await verifyLog(copyIn(forged), { vkeys: [VKEY] }))).not.toEqual([]);
    const { faults } = await verifyLog(copyIn(forged), { vkeys: [VKEY], since: kept });
    expect(faults).toContainEqual(expect.objectContaining({ kind: 'signature', path: 'kept' }));
  });
});

describe('a log that is witnessed', () => {
  const [ONE, TWO] = [sealingKey(21), sealingKey(22)];
  const [NAME_ONE, NAME_TWO] = ['witness.example/w1', 'witness.example/w2'];
  const witnesses = [witnessVkey(ONE, NAME_ONE), witnessVkey(TWO, NAME_TWO)];
  /** The last entry of 1,000 is of 00:16:39. */
  const AT = Date.parse('2026-11-01T00:17:00Z') / 1_000;
  type By = readonly [SealingKey, string];
  const BOTH: readonly By[] = [
    [ONE, NAME_ONE],
    [TWO, NAME_TWO],
  ];

  async function cosigned(size: number, by: readonly By[], seconds = AT, from = sealed): Promise<LogObjects> {
    const log = copyOf(from);
    cosign(log, bytesOf(from, checkpointPath(size)), by, seconds);
    return log;
  }
  function cosign(log: LogObjects, checkpoint: Uint8Array, by: readonly By[], seconds: number): void {
    const note = Buffer.from(checkpoint).toString();
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    const size = String(Number(text.split('\n')[1])).padStart(20, '0');
    for (const [key, name] of by) {
      const path = `witnessed/${size}/${keyIdOf(key.publicKey, name).toString('hex')}`;
      log.set(path, Buffer.from(note + cosignatureLine(text, key, seconds, name)));
    }
  }
  const verifyBy = (log: LogObjects, quorum = 2, vkeys = witnesses) =>
    verifyLog(copyIn(log), { vkeys: [VKEY], witnesses: { vkeys, quorum } });

  it('is verified by who knows its witnesses, and by who does not', async () => {
    const log = await cosigned(1000, BOTH);
    const verification = await verifyBy(log);
    expect([told(verification), verification.remarks]).toEqual([[], []]);
    expect(verification.checked.witnessed).toEqual({ size: 1000, witnesses: 2, at: '2026-11-01T00:17:00.000Z' });
    expect(told(await verify(log))).toEqual([]);
  });

  it('is told to go on behind what they saw, and is refused when that is long ago', async () => {
    const soon = await verifyBy(await cosigned(700, BOTH));
    expect(told(soon)).toEqual([]);
    expect(soon.remarks).toEqual([
      expect.stringMatching(/^entries 700 to 999 are behind the last .*: no witness has seen/),
    ]);
    const last = Date.parse('2026-11-01T00:16:39Z') / 1_000;
    expect(told(await verifyBy(await cosigned(700, BOTH, last - 3_600)))).toEqual([]);
    expect(told(await verifyBy(await cosigned(700, BOTH, last - 3_601)))).toEqual([
      expect.stringMatching(/^witness: entries 700 to 999 are behind .*, and the last of them is 60 minutes younger/),
    ]);
  });

  it.each<readonly [string, () => Promise<LogObjects>, RegExp]>([
    [
      'nobody cosigned',
      async () => sealed,
      /witness: no checkpoint has the cosignatures of 2 of the 2 .*: none has any/,
    ],
    [
      'one alone cosigned',
      () => cosigned(1000, BOTH.slice(1)),
      /cosignatures of 2 of the 2 witnesses given: at most 1/,
    ],
    [
      'each cosigned another size',
      async () => cosigned(700, BOTH.slice(1), AT, await cosigned(1000, BOTH.slice(0, 1))),
      /cosignatures of 2 of the 2 witnesses given: at most 1/,
    ],
    [
      'somebody else cosigned in their name',
      () =>
        cosigned(1000, [
          [sealingKey(23), NAME_ONE],
          [TWO, NAME_TWO],
        ]),
      /cosignatures of 2 of the 2 witnesses given: at most 1/,
    ],
    [
      'a cosignature does not hold',
      async () => {
        const log = await cosigned(1000, BOTH);
        const [path = ''] = [...log.keys()].filter((each) => each.startsWith('witnessed/'));
        const note = Buffer.from(bytesOf(log, path)).toString();
        log.set(
          path,
          Buffer.from(note.replace(/(— witness\S+ \S{30})(.)/, (_, before, one) => before + (one === 'A' ? 'B' : 'A'))),
        );
        return log;
      },
      /witness: witnessed\/0*1000\/[0-9a-f]{8}: the cosignature of witness.example\/w1 does not hold/,
    ],
    [
      'what they cosigned is of another history',
      async () => {
        const { root } = await growTree(
          0,
          LEAVES.slice(0, 900).with(3, LEAVES[4] ?? Buffer.of()),
          async () => undefined,
        );
        const log = copyOf(sealed);
        cosign(log, await signedCheckpoint(900, root), BOTH, AT);
        return log;
      },
      /fork: witnessed\/0*900\/[0-9a-f]{8} is of another history/,
    ],
    [
      'they cosigned more than is published now',
      async () => {
        const log = await cosigned(1000, BOTH);
        log.delete(checkpointPath(1000));
        log.set('checkpoint', bytesOf(sealed, checkpointPath(700)));
        return log;
      },
      /stale: checkpoint covers 700 entries, and witnessed\/0*1000/,
    ],
    [
      'a cosigned checkpoint has the name of another size',
      async () => {
        const log = await cosigned(700, BOTH);
        for (const [path, bytes] of log) if (path.startsWith('witnessed/')) log.set(path.replace('700', '701'), bytes);
        return log;
      },
      /checkpoint: witnessed\/0*701\/[0-9a-f]{8} says 700 entries/,
    ],
  ])('is refused where %s', async (_, make, says) => {
    const verification = await verifyBy(await make());
    expect(told(verification).join('\n')).toMatch(says);
  });

  it('is verified where enough of them cosigned', async () => {
    const log = await cosigned(1000, BOTH.slice(1));
    expect(told(await verifyBy(log, 1))).toEqual([]);
    expect(told(await verifyBy(log, 1, witnesses.slice(0, 1)))).not.toEqual([]);
  });
});

describe('a replica, whose objects come in any order', () => {
  const verifyReplica = (log: LogObjects, since?: Since) =>
    verifyLog(copyIn(log), { vkeys: [VKEY], since, isReplica: true });
  const without = (pattern: RegExp) => {
    const log = copyOf(sealed);
    for (const path of log.keys()) if (pattern.test(path)) log.delete(path);
    return log;
  };

  it('is verified whole where all is there', async () => {
    const verification = await verifyReplica(sealed, kept(700));
    expect([told(verification), verification.remarks]).toEqual([[], []]);
    expect(verification.head).toMatchObject({ size: 1000 });
  });

  it.each([
    ['its last bundle', /entries\/003\.p\/232$/, 700],
    ['the last tile of hashes', /tile\/0\/003\.p\/232$/, 700],
    ['the last tile above', /tile\/1\/000\.p\/3$/, 700],
    ['what came behind the first hundred', /entries\/0|tile\/0\/00[1-3]|000\.p\/2|tile\/0\/000$/, 100],
  ])('is told to be behind, and not wrong, while %s is on its way', async (_, pattern, size) => {
    const log = without(pattern);
    if (size === 100) log.set('tile/entries/000.p/100', bytesOf(sealed, 'tile/entries/000.p/100'));
    const verification = await verifyReplica(log);
    expect(told(verification)).toEqual([]);
    expect(verification.head).toMatchObject({ size, signed: true });
    expect(verification.remarks[0]).toBe(
      `the replica is behind: ${checkpointPath(1000)} covers 1000 entries, of which all of the first ${size} are here`,
    );
    expect(told(await verify(log))).not.toEqual([]);
  });

  it('may have an older checkpoint, or none, in the place of the latest', async () => {
    const log = copyOf(sealed);
    log.set('checkpoint', bytesOf(sealed, checkpointPath(255)));
    expect(told(await verifyReplica(log))).toEqual([]);
    expect((await verifyReplica(log)).head).toMatchObject({ size: 1000 });
  });

  it('is not excused for what is before its end, nor for another history', async () => {
    const replaced = without(/entries\/003\.p\/232$/);
    change(replaced, 'tile/entries/001', (entries) => entries.with(44, Buffer.from('{}')));
    expect(told(await verifyReplica(replaced)).join()).toMatch(/entry 300: not what was sealed/);
    const forked = without(/entries\/003\.p\/232$/);
    const { root } = await growTree(0, LEAVES.slice(0, 700).with(650, LEAVES[1] ?? Buffer.of()), async () => undefined);
    forked.set('checkpoint', await signedCheckpoint(700, root));
    expect(told(await verifyReplica(forked)).join()).toMatch(/fork: two roots for 700 entries/);
    expect(told(await verifyReplica(without(/entries\/003/), kept(1000))).join()).toMatch(
      /stale: .* the log had 1000 before/,
    );
    expect(told(await verifyReplica(without(/entries\/000/))).join()).toMatch(/all entries of none of its checkpoints/);
  });

  it('is told which details it has not yet', async () => {
    const detail = { sha256: 'a'.repeat(64), bytes: 3 };
    const log = await sealedLog(
      logLeaves(3, (index) => (index === 1 ? { detail } : {})),
      [3],
    );
    const { faults, remarks } = await verifyReplica(log);
    expect([faults, remarks]).toEqual([
      [],
      [expect.stringMatching(/^details\/a+ is not in the replica, or not yet: entry 1/)],
    ]);
    expect(told(await verify(log))).toEqual([expect.stringMatching(/^missing: details/)]);
  });
});

describe('who', () => {
  it.each(TAMPERINGS)('$name is found, by place', async ({ tamper, says, since }) => {
    const log = copyOf(sealed);
    await tamper(log);
    if (since !== undefined) expect(told(await verify(log))).toEqual([]);
    const verification = await verify(log, since === undefined ? undefined : kept(since));
    expect(told(verification).join('\n')).toMatch(says);
    // A fault that follows from another is not told of the whole log.
    expect(verification.faultCount).toBeLessThanOrEqual(7);
  });

  it.each(KEY_TAMPERINGS)('$name is found, by place', async ({ tamper, says, given = [KEY] }) => {
    const log = await rotatedLog(LEAVES, SIZES, CHANGES);
    await tamper(log);
    const verification = await verifyLog(copyIn(log), { vkeys: given.map(vkeyOf) });
    expect(told(verification).join('\n')).toMatch(says);
    expect(verification.faultCount).toBeLessThanOrEqual(9);
  });

  it('does several things is told all of them', async () => {
    const log = copyOf(sealed);
    change(log, 'tile/entries/000', (entries) => entries.with(3, Buffer.from('{}')));
    change(log, 'tile/entries/003.p/232', (entries) => entries.with(231, Buffer.from('{}')));
    bytesOf(log, 'tile/0/001').fill(1, 64, 96);
    log.delete('tile/entries/002');
    log.set('tile/0/1', Buffer.from(''));
    expect(told(await verify(log))).toEqual(
      expect.arrayContaining([
        'entry: entry 3: not what was sealed there',
        'entry: entry 999: not what was sealed there',
        'missing: tile/entries/002 is missing: it holds entries 512 to 767',
        'surplus: tile/0/1: no object of a log has such a name',
        'tile: tile/0/001: its hash 2 is not that of entry 258',
      ]),
    );
  });

  it('breaks more than can be told is told how much', async () => {
    const log = copyOf(sealed);
    for (let index = 0; index < 1000; index += 1) log.set(`details/${index}`, Buffer.of(0));
    const verification = await verify(log);
    expect(verification.faults).toHaveLength(100);
    expect(verification.faultCount).toBe(1000);
  });

  it('took every checkpoint away leaves no log', async () => {
    const log = copyOf(sealed);
    for (const path of log.keys()) if (path.startsWith('checkpoint')) log.delete(path);
    const verification = await verify(log);
    expect(told(verification)).toEqual(['missing: checkpoint is missing, or no checkpoint by its length']);
    expect(verification.head).toBeUndefined();
  });

  it('gives a checkpoint the name of another size is found', async () => {
    const log = copyOf(sealed);
    log.set(checkpointPath(800), bytesOf(log, checkpointPath(700)));
    expect(told(await verify(log)).join()).toMatch(/checkpoints\/0*800 says 700 entries: its name says otherwise/);
  });
});

describe('a log that was sealed with', () => {
  const faultsOf = async (leaves: readonly Uint8Array[], more: readonly (readonly [string, Uint8Array])[] = []) => {
    const log = await sealedLog(leaves, [leaves.length]);
    for (const [path, bytes] of more) log.set(path, bytes);
    return told(await verify(log));
  };
  const leaves = logLeaves(100);

  it('a gap in the sequence of a subject is told its subject', async () => {
    const gone = leaves.toSpliced(40, 1);
    const { subject } = logEntry(40);
    const number = `entry 76 is number 2 of ${subject.kind} ${subject.id}, expected 1: 1 entries are missing before it`;
    expect(await faultsOf(gone)).toEqual([`sequence: ${number}`]);
  });

  it('a sequence that goes back is told so', async () => {
    expect(await faultsOf(leaves.with(40, encodeLogEntry(logEntry(40, { sequence: 0 }))))).toEqual([
      expect.stringMatching(/^sequence: entry 40 is number 0 of .* expected 1: it was there before$/),
      expect.stringMatching(/^sequence: entry 77 is number 2 of .* expected 1: 1 entries are missing before it$/),
    ]);
  });

  it('an id that is there twice is told both', async () => {
    const twice = encodeLogEntry(logEntry(40, { id: logEntry(7).id }));
    expect(await faultsOf(leaves.with(40, twice))).toEqual([
      `duplicate: entry 40 has the id ${logEntry(7).id} of entry 7: an id is there once`,
    ]);
  });

  it('what is no entry, or one in another form, is told which', async () => {
    const other = Buffer.from(JSON.stringify(logEntry(5)));
    expect(await faultsOf(leaves.with(5, other).with(6, Buffer.from('{')))).toEqual([
      'form: entry 5 is sealed, but no log entry: not in canonical form',
      expect.stringMatching(/^form: entry 6 is sealed, but /),
    ]);
  });

  it('details is held to their hashes and lengths', async () => {
    const detail = Buffer.from('{"grants":[]}');
    const sha256 = createHash('sha256').update(detail).digest('hex');
    const path = `details/${sha256}`;
    const with1 = (bytes: number) => leaves.with(5, encodeLogEntry(logEntry(5, { detail: { sha256, bytes } })));
    expect(await faultsOf(with1(detail.length), [[path, detail]])).toEqual([]);
    expect(await faultsOf(with1(detail.length))).toEqual([`missing: ${path} is missing: entry 5 names it`]);
    expect(await faultsOf(with1(detail.length), [[path, Buffer.from('{"grants":[1]')]])).toEqual([
      expect.stringMatching(`detail: ${path} is not what entry 5 names: 13 bytes of hash `),
    ]);
    expect(await faultsOf(with1(12), [[path, detail]])).toHaveLength(1);
    const log = await sealedLog(leaves, [100]);
    expect((await verify(log.set(path, detail))).remarks).toEqual(['1 details belong to no entry that is sealed']);
  });

  it('an unsigned checkpoint beyond it is not believed', async () => {
    const log = await sealedLog(leaves, [100]);
    const note = Buffer.from(await signedCheckpoint(200, new Uint8Array(32))).toString();
    log.set(
      checkpointPath(200),
      Buffer.from(note.replace(/— .*/, note.split('\n').at(-2)?.replace(/.{9}$/, 'AAAAAAAA=') ?? '')),
    );
    const verification = await verify(log);
    expect(verification.head?.size).toBe(100);
    expect(told(verification)).toHaveLength(1);
  });
});

describe('a size that the auditor kept', () => {
  it('shows that nothing was cut off, and is said to show no more', async () => {
    const verification = await verify(sealed, { size: 700 });
    expect(told(verification)).toEqual([]);
    expect(verification.remarks).toEqual([expect.stringMatching(/not that the first 700 entries are the same/)]);
    expect(told(await verify(sealed, { size: 1001 })).join()).toMatch(
      /covers 1000 entries, and the log had 1001 before/,
    );
    expect(told(await verify(sealed, { size: 701 })).join()).toMatch(/no signed checkpoint of 701 entries/);
  });
});
