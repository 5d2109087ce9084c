// A witness on loopback that answers as told, and the cosignatures that one makes, both from the C2SP specifications.
import { createHash, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { SealingKey } from './sealed-log.ts';

export interface Asked {
  readonly oldSize: number;
  readonly proof: readonly string[];
  /** The checkpoint, as it was sent. */
  readonly note: string;
  readonly size: number;
  readonly root: string;
  /** What a witness signs. */
  readonly text: string;
}

export interface WitnessReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Never, when it is undefined. */
  readonly delayMs?: number | undefined;
}

export interface WitnessServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  stop(): Promise<void>;
}

export const WITNESS = 'witness.example/w1';

export function witnessVkey({ publicKey }: SealingKey, name = WITNESS): string {
  return `${name}+${keyIdOf(publicKey, name).toString('hex')}+${Buffer.of(4, ...publicKey).toString('base64')}`;
}

export function keyIdOf(publicKey: Uint8Array, name = WITNESS): Buffer {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.of(4, ...publicKey))
    .digest()
    .subarray(0, 4);
}

/** tlog-cosignature, "Ed25519 signed message". */
export function cosignatureLine(
  text: string,
  { privateKey, publicKey }: SealingKey,
  seconds: number,
  name = WITNESS,
): string {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(seconds));
  const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`), privateKey);
  return `— ${name} ${Buffer.concat([keyIdOf(publicKey, name), time, signature]).toString('base64')}\n`;
}

export const sizeReply = (size: number | string): WitnessReply => ({
  status: 409,
  headers: { 'content-type': 'text/x.tlog.size' },
  body: `${size}\n`,
});

export async function startWitness(answer: (asked: Asked) => WitnessReply): Promise<WitnessServer> {
  const asked: Asked[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const one = read(Buffer.concat(chunks).toString());
    if (incoming.method !== 'POST' || incoming.url !== '/log/add-checkpoint') outgoing.writeHead(405).end();
    asked.push(one);
    const reply = answer(one);
    if ('delayMs' in reply && reply.delayMs === undefined) return;
    setTimeout(() => outgoing.writeHead(reply.status ?? 200, reply.headers).end(reply.body), reply.delayMs ?? 0);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the witness has no port');
  return {
    url: `http://127.0.0.1:${address.port}/log`,
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function read(body: string): Asked {
  const end = body.indexOf('\n\n');
  const [old = '', ...proof] = body.slice(0, end).split('\n');
  const note = body.slice(end + 2);
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
  const [, size = '', root = ''] = text.split('\n');
  return { oldSize: Number(/^old (\d+)$/.exec(old)?.[1]), proof, note, size: Number(size), root, text };
}
