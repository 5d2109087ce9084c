// Has the published checkpoint cosigned by witnesses, each of whom has seen that the log only grew. It runs beside sealing,
// which waits for none of them: a checkpoint is published first, and cosigned when its witnesses have seen it.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import {
  type Cosignature,
  findCosignature,
  parseWitnessKey,
  signaturesInAnswer,
  type WitnessKey,
} from '../../core/audit/tlog/cosignature.ts';
import { NoteError, parseNoteText, textOfNote } from '../../core/audit/tlog/note.ts';
import { consistencyProof } from '../../core/audit/tlog/proofs.ts';
import { witnessedPath } from '../../core/audit/tlog/witnessed.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type AskWitness, askWitness } from '../../outbound/witness-client.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { type PublishLogMetrics, publishLogMetrics } from '../../stores/log/log-metrics.ts';
import { type LogObjects, s3LogObjects } from '../../stores/log/log-objects.ts';

export interface Witness {
  readonly url: string;
  /** Its verifier key. */
  readonly key: string;
}

export interface WitnessDependencies {
  readonly objects: Pick<LogObjects, 'create' | 'read'>;
  readonly ask: AskWitness;
  readonly witnesses: readonly Witness[];
  /** How many of them are enough. */
  readonly quorum: number;
  readonly publish: PublishLogMetrics;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly warn: (message: string, told: Readonly<Record<string, unknown>>) => void;
}

export interface Witnessed {
  readonly size: number;
  readonly cosigned: number;
}

/** What it last cosigned is asked for once, when it is not known; and once more, when it grew meanwhile. */
const TRIES = 3;
/** A witness whose clock is further from ours says nothing about when it saw the log. */
const MAXIMUM_CLOCK_DIFFERENCE_MS = 300_000;

/** The witness did not cosign, and why; `isConflict`: it says that it knows of another history. */
class NotCosignedError extends Error {
  override readonly name = 'NotCosignedError';
  readonly isConflict: boolean;
  constructor(message: string, isConflict = false) {
    super(message);
    this.isConflict = isConflict;
  }
}

export const witnessLog = (dependencies: WitnessDependencies) => {
  /** Witness → the size that it last cosigned, as far as this function knows. */
  const sizes = new Map<string, number>();
  return async (): Promise<Witnessed | undefined> => {
    const { objects, witnesses, quorum, publish, warn } = dependencies;
    const published = await objects.read('checkpoint');
    if (published === undefined) return undefined;
    const note = new TextDecoder().decode(published.bytes);
    const { size } = parseNoteText(textOfNote(note));
    const outcomes = await Promise.all(
      witnesses.map(async (witness) => {
        try {
          await witnessOne(dependencies, sizes, { ...witness, ...parseWitnessKey(witness.key) }, note);
          return { cosigned: 1, conflicts: 0 };
        } catch (error) {
          const { name, message } = error instanceof Error ? error : new Error('not an error');
          warn('a witness did not cosign', { witness: witness.url, size, error: { name, message } });
          return { cosigned: 0, conflicts: error instanceof NotCosignedError && error.isConflict ? 1 : 0 };
        }
      }),
    );
    const cosigned = outcomes.reduce((sum, one) => sum + one.cosigned, 0);
    const witnessConflicts = outcomes.reduce((sum, one) => sum + one.conflicts, 0);
    publish({ witnessesMissing: Math.max(0, quorum - cosigned), witnessConflicts });
    return { size, cosigned };
  };
};

type KnownWitness = Witness & WitnessKey;

async function witnessOne(
  dependencies: WitnessDependencies,
  sizes: Map<string, number>,
  witness: KnownWitness,
  note: string,
): Promise<void> {
  const { objects } = dependencies;
  const { size } = parseNoteText(textOfNote(note));
  const path = witnessedPath(size, witness.keyId);
  if ((await objects.read(path)) !== undefined) return;
  const { line } = await cosign(dependencies, sizes, witness, note);
  sizes.set(witness.key, size);
  // Another run may have been there first: both have what the witness said.
  await objects.create(path, new TextEncoder().encode(note + line));
}

/** Throws a NotCosignedError, or what the network threw. */
async function cosign(
  dependencies: WitnessDependencies,
  sizes: Map<string, number>,
  witness: KnownWitness,
  note: string,
): Promise<Cosignature> {
  const { objects, ask, clock } = dependencies;
  const { size } = parseNoteText(textOfNote(note));
  let oldSize = sizes.get(witness.key) ?? 0;
  await requireUpTo(dependencies, size, oldSize);
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const proof = await consistencyProof(oldSize, size, async (path) => (await objects.read(path))?.bytes);
    const answer = await ask({ url: witness.url, oldSize, proof, note });
    if (answer.kind === 'signed') return cosignatureIn(answer.signatures, witness, note, clock());
    if (answer.kind === 'inconsistent')
      throw new NotCosignedError(`it knows other ${oldSize} entries than the log has, or says so (422)`, true);
    if (answer.kind === 'refused') throw new NotCosignedError(`it refused (${answer.status})`);
    if (answer.size === undefined)
      throw new NotCosignedError('it says that the log is not as it knows it, and not which size it knows (409)', true);
    if (answer.size === oldSize)
      throw new NotCosignedError(`it knows other ${oldSize} entries than the log has, or says so (409)`, true);
    await requireUpTo(dependencies, size, answer.size);
    oldSize = answer.size;
    sizes.set(witness.key, oldSize);
  }
  throw new NotCosignedError(`it knew another size each of ${TRIES} times (409)`);
}

/** A witness has cosigned no more than is published; where it has, another run may have been faster. */
async function requireUpTo({ objects }: WitnessDependencies, size: number, known: number): Promise<void> {
  if (known <= size) return;
  const latest = await objects.read('checkpoint');
  const published = latest === undefined ? 0 : parseNoteText(textOfNote(new TextDecoder().decode(latest.bytes))).size;
  if (published >= known) throw new NotCosignedError(`it has cosigned ${known} entries already`);
  throw new NotCosignedError(`it knows ${known} entries, or says so: the log has ${published}`, true);
}

function cosignatureIn(answer: string, witness: WitnessKey, note: string, nowMs: number): Cosignature {
  try {
    const cosignature = findCosignature(textOfNote(note), signaturesInAnswer(note, answer), witness);
    if (cosignature === undefined) throw new NotCosignedError('its answer has no cosignature by its key');
    if (Math.abs(cosignature.timeMs - nowMs) > MAXIMUM_CLOCK_DIFFERENCE_MS)
      throw new NotCosignedError(`its cosignature is of another time: ${cosignature.timeMs} ms since 1970`);
    return cosignature;
  } catch (error) {
    throw error instanceof NoteError ? new NotCosignedError(error.message) : error;
  }
}

const logger = new Logger({ serviceName: 'tenure' });
const witnessesSchema = z.array(z.strictObject({ url: z.string(), key: z.string() }));
let live: ReturnType<typeof witnessLog> | undefined;

export const handler = serveTask('witness-log', z.unknown(), () => {
  live ??= witnessLog({
    objects: s3LogObjects(),
    ask: askWitness,
    witnesses: witnessesSchema.parse(JSON.parse(fromEnvironment('logWitnesses'))),
    quorum: Number(fromEnvironment('logQuorum')),
    publish: publishLogMetrics,
    clock: Date.now,
    warn: (message, told) => logger.warn(message, { ...told }),
  });
  return live();
});
