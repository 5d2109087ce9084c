// Witnesses cosign what is published, and whatever one of them does, the run ends, says so, and keeps what is no cosignature
// out of the bucket.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WitnessDependencies, witnessLog } from '../../../lambdas/handlers/audit/witness-log.ts';
import { askWitness } from '../../../lambdas/outbound/witness-client.ts';
import { consistency, treeHash } from '../../reference/merkle.ts';
import { type MemoryLogObjects, memoryLogObjects } from '../../support/memory-log.ts';
import { logLeaves, ORIGIN, sealedLog, sealingKey, signedCheckpoint } from '../../support/sealed-log.ts';
import {
  type Asked,
  cosignatureLine,
  keyIdOf,
  sizeReply,
  startWitness,
  type WitnessReply,
  type WitnessServer,
  witnessVkey,
} from '../../support/witness-server.ts';

const NOW_MS = Date.parse('2026-11-28T12:00:00Z');
const SECONDS = NOW_MS / 1_000;
const LEAVES = logLeaves(900);
const KEY = sealingKey(21);
const OTHER = sealingKey(22);
let bucket: MemoryLogObjects;
let servers: WitnessServer[];
let published: Record<string, number>[];
let warned: string[];

beforeEach(async () => {
  [bucket, servers, published, warned] = [memoryLogObjects(), [], [], []];
  await grow([300]);
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

async function grow(sizes: readonly number[]): Promise<void> {
  for (const [path, bytes] of await sealedLog(LEAVES.slice(0, sizes.at(-1)), sizes))
    bucket.objects.set(path, { bytes, tag: path });
}

async function start(answer: (asked: Asked) => WitnessReply): Promise<WitnessServer> {
  const server = await startWitness(answer);
  servers.push(server);
  return server;
}

const honest = (key = KEY): ((asked: Asked) => WitnessReply) => {
  let known = 0;
  return ({ oldSize, proof, size, root, text }) => {
    if (oldSize !== known) return sizeReply(known);
    if (root !== treeHash(LEAVES.slice(0, size)).toString('base64')) return { status: 422 };
    const due = oldSize === 0 ? [] : consistency(oldSize, LEAVES.slice(0, size));
    if (proof.join() !== due.map((hash) => hash.toString('base64')).join()) return { status: 422 };
    known = size;
    return { body: cosignatureLine(text, key, SECONDS) };
  };
};
const witnessing = (of: readonly (readonly [WitnessServer, string])[], more: Partial<WitnessDependencies> = {}) =>
  witnessLog({
    objects: bucket,
    ask: askWitness,
    witnesses: of.map(([{ url }, key]) => ({ url, key })),
    quorum: of.length,
    publish: (measured) => void published.push(measured),
    clock: () => NOW_MS,
    warn: (_, { error }) => void warned.push((error as { readonly message: string }).message),
    ...more,
  });
const path = (size: number, key = KEY) =>
  `witnessed/${String(size).padStart(20, '0')}/${keyIdOf(key.publicKey).toString('hex')}`;
const textOf = (at: string) => new TextDecoder().decode(bucket.objects.get(at)?.bytes);
const told = () => published.at(-1);

describe('a checkpoint that is published', () => {
  it('is cosigned, and lies under its size and the witness beside what the log signed', async () => {
    const witness = await start(honest());
    expect(await witnessing([[witness, witnessVkey(KEY)]])()).toEqual({ size: 300, cosigned: 1 });
    const note = textOf('checkpoint');
    expect(textOf(path(300))).toBe(note + cosignatureLine(note.slice(0, note.indexOf('\n\n') + 1), KEY, SECONDS));
    expect(told()).toEqual({ witnessesMissing: 0, witnessConflicts: 0 });
    expect(witness.asked).toMatchObject([{ oldSize: 0, proof: [], size: 300, note }]);
  });

  it('is cosigned once, and the next with the proof that the log grew from it', async () => {
    const witness = await start(honest());
    const run = witnessing([[witness, witnessVkey(KEY)]]);
    await run();
    await run();
    expect(witness.asked).toHaveLength(1);
    await grow([300, 700]);
    await run();
    expect(witness.asked.slice(1)).toMatchObject([{ oldSize: 300, size: 700 }]);
    expect(witness.asked[1]?.proof.length).toBeGreaterThan(3);
    // Another function, which knows of nothing, is told what the witness knows.
    await grow([300, 700, 900]);
    await witnessing([[witness, witnessVkey(KEY)]])();
    expect(witness.asked.slice(2).map(({ oldSize }) => oldSize)).toEqual([0, 700]);
    expect(bucket.objects.has(path(900))).toBe(true);
    expect(warned).toEqual([]);
  });

  it('needs as many as are enough', async () => {
    const [one, other] = [await start(honest()), await start(() => ({ status: 503 }))];
    const both = [
      [one, witnessVkey(KEY)],
      [other, witnessVkey(OTHER)],
    ] as const;
    expect(await witnessing(both)()).toEqual({ size: 300, cosigned: 1 });
    expect(told()).toEqual({ witnessesMissing: 1, witnessConflicts: 0 });
    await witnessing(both, { quorum: 1 })();
    expect(told()).toEqual({ witnessesMissing: 0, witnessConflicts: 0 });
  });

  it('is asked for nobody where there is none', async () => {
    bucket.objects.clear();
    const witness = await start(honest());
    expect(await witnessing([[witness, witnessVkey(KEY)]])()).toBeUndefined();
    expect([witness.asked, published]).toEqual([[], []]);
  });
});

describe('a witness that is not as it should be', () => {
  const line = ({ text }: Asked, key = KEY, seconds = SECONDS) => cosignatureLine(text, key, seconds);
  const flip = (text: string) =>
    text.replace(/.{6}==?\n$/, (end) => (end.startsWith('AAAAAA') ? `BBBBBB${end.slice(6)}` : `AAAAAA${end.slice(6)}`));
  it.each<readonly [string, (asked: Asked) => WitnessReply, RegExp, number]>([
    ['is down', () => ({ status: 502, body: 'bad gateway' }), /refused \(502\)/, 0],
    ['does not know the log', () => ({ status: 404 }), /refused \(404\)/, 0],
    ['does not know its key', () => ({ status: 403 }), /refused \(403\)/, 0],
    ['leads elsewhere', () => ({ status: 307, headers: { location: 'http://127.0.0.1:1/' } }), /refused \(307\)/, 0],
    ['answers with a page', () => ({ body: '<html>hello</html>' }), /no note/, 0],
    ['answers nothing', () => ({ body: '' }), /no note/, 0],
    ['answers without end', () => ({ body: 'x'.repeat(16_385) }), /exceeds 16384 bytes/, 0],
    ['signs with another key', (asked) => ({ body: line(asked, OTHER) }), /no cosignature by its key/, 0],
    [
      'signs another checkpoint',
      (asked) => ({ body: line({ ...asked, text: `${ORIGIN}\n300\nAAAA\n` }) }),
      /does not hold/,
      0,
    ],
    ['signs what does not hold', (asked) => ({ body: flip(line(asked)) }), /does not hold|no note/, 0],
    [
      'signs beside one that does not hold',
      (asked) => ({ body: line(asked) + line({ ...asked, text: 'x\n' }) }),
      /does not hold/,
      0,
    ],
    ['signs for yesterday', (asked) => ({ body: line(asked, KEY, SECONDS - 86_400) }), /of another time/, 0],
    ['signs for tomorrow', (asked) => ({ body: line(asked, KEY, SECONDS + 301) }), /of another time/, 0],
    ['signs for the end of time', (asked) => ({ body: line(asked, KEY, Number.MAX_SAFE_INTEGER) }), /does not hold/, 0],
    ['has seen another history', () => ({ status: 422 }), /knows other 0 entries/, 1],
    ['has seen more than there is', () => sizeReply(301), /knows 301 entries, or says so: the log has 300/, 1],
    ['says no size', () => ({ status: 409, body: '12\n' }), /not which size/, 1],
    ['says no size that is one', () => sizeReply('-1'), /not which size/, 1],
    ['says a size that is none', () => sizeReply('007'), /not which size/, 1],
    ['says the size that it was told', ({ oldSize }) => sizeReply(oldSize), /knows other 0 entries/, 1],
    ['says another size each time', ({ oldSize }) => sizeReply((oldSize % 7) + 1), /another size each of 3 times/, 0],
  ])('%s: the run ends, says so, and keeps nothing of it', async (_, answer, message, conflicts) => {
    const [bad, good] = [await start(answer), await start(honest(OTHER))];
    const run = witnessing([
      [bad, witnessVkey(KEY)],
      [good, witnessVkey(OTHER)],
    ]);
    expect(await run()).toEqual({ size: 300, cosigned: 1 });
    expect(told()).toEqual({ witnessesMissing: 1, witnessConflicts: conflicts });
    expect(warned).toEqual([expect.stringMatching(message)]);
    expect(bad.asked.length).toBeLessThanOrEqual(3);
    const kept = [...bucket.objects.keys()].filter((each) => each.startsWith('witnessed/'));
    expect(kept).toEqual([path(300, OTHER)]);
  });

  it('never answers: it is waited for five seconds, and the others are not', { timeout: 20_000 }, async () => {
    const [bad, good] = [await start(() => ({ delayMs: undefined })), await start(honest(OTHER))];
    const run = witnessing([
      [bad, witnessVkey(KEY)],
      [good, witnessVkey(OTHER)],
    ])();
    await expect.poll(() => bucket.objects.has(path(300, OTHER)), { timeout: 4_000 }).toBe(true);
    expect(await run).toEqual({ size: 300, cosigned: 1 });
    expect(warned).toEqual([expect.stringMatching(/no answer within 5000 ms/)]);
  });

  it('adds signatures of others, of which none is kept', async () => {
    const log = sealingKey(1);
    const witness = await start((asked) => ({
      body: line(asked, OTHER) + line(asked) + cosignatureLine(asked.text, log, SECONDS, ORIGIN),
    }));
    await witnessing([[witness, witnessVkey(KEY)]])();
    const note = textOf('checkpoint');
    expect(textOf(path(300))).toBe(note + cosignatureLine(note.slice(0, note.indexOf('\n\n') + 1), KEY, SECONDS));
  });
});

describe('a log that forks', () => {
  it('is cosigned by no witness that has seen the other history, and it is told', async () => {
    const witness = await start(honest());
    const run = witnessing([[witness, witnessVkey(KEY)]]);
    await run();
    const root = treeHash(LEAVES.slice(1, 701));
    const forged = await sealedLog(LEAVES.slice(1, 701), [700]);
    for (const [at, bytes] of forged) bucket.objects.set(at, { bytes, tag: at });
    bucket.objects.set('checkpoint', { bytes: await signedCheckpoint(700, root), tag: 'forged' });
    expect(await run()).toEqual({ size: 700, cosigned: 0 });
    expect(told()).toEqual({ witnessesMissing: 1, witnessConflicts: 1 });
  });

  it('is told of where what is published went back behind what was cosigned', async () => {
    const witness = await start(honest());
    await grow([300, 700]);
    const run = witnessing([[witness, witnessVkey(KEY)]]);
    await run();
    await grow([200]);
    await run();
    expect(told()).toEqual({ witnessesMissing: 1, witnessConflicts: 1 });
    expect(warned).toEqual([expect.stringMatching(/knows 700 entries, or says so: the log has 200/)]);
  });
});
