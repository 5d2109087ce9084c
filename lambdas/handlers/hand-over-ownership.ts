// What a leaver owned goes to the successor, else to the manager; without either it is suspended, since a service
// account or agent that nobody answers for has no reason to have access.
import { z } from 'zod';
import { identityIdSchema } from '../core/attributes.ts';
import { sha256Hex } from '../core/canonical-json.ts';
import { type Fact, factIdOf } from '../core/facts.ts';
import { toIso } from '../core/moment.ts';
import { buildTimeline, identityAt, isEmployed, type Timeline } from '../core/timeline.ts';
import { serveTask } from '../middleware/serve-task.ts';
import { appendFact } from './shared/append-fact.ts';
import { type Dependencies, liveDependencies } from './shared/dependencies.ts';

const inputSchema = z.strictObject({ identityId: identityIdSchema, trigger: z.string() });
const SOURCE = 'tenure';

export const handOverOwnership =
  (dependencies: Dependencies) =>
  async ({ identityId, trigger }: z.infer<typeof inputSchema>): Promise<{ readonly handedOver: number }> => {
    const { identities } = dependencies;
    const owned = await identities.listOwnedBy(identityId);
    if (owned.length === 0) return { handedOver: 0 };
    const record = await identities.load(identityId);
    const newOwner = await findNewOwner(dependencies, buildTimeline(record?.facts ?? []));
    for (const { identityId: ownedId } of owned) {
      const fact = handOverFact(ownedId, newOwner, trigger, dependencies.clock());
      const actor = { type: 'tenure', id: 'hand-over-ownership' } as const;
      await appendFact(dependencies, fact, {
        payloadHash: sha256Hex(fact.factId),
        actor,
      });
    }
    return { handedOver: owned.length };
  };

async function findNewOwner({ identities, clock }: Dependencies, timeline: Timeline): Promise<string | undefined> {
  const state = identityAt(timeline, clock());
  if (state.status !== 'departed') return undefined;
  const { departedBy } = state;
  const leaver = departedBy.by === 'leaver' && timeline.facts.find(({ factId }) => factId === departedBy.factId);
  const successor = leaver && leaver.type === 'leaver' ? leaver.successor : undefined;
  for (const candidate of [successor, state.attributes.manager ?? undefined]) {
    const record = candidate === undefined ? undefined : await identities.load(candidate);
    if (record && isEmployed(identityAt(buildTimeline(record.facts), clock()))) return candidate;
  }
  return undefined;
}

function handOverFact(ownedId: string, newOwner: string | undefined, trigger: string, nowMs: number): Fact {
  const sourceEventId = `${trigger}/owned/${ownedId}`;
  const base = {
    factId: factIdOf(SOURCE, sourceEventId),
    identityId: ownedId,
    source: SOURCE,
    sourceEventId,
    recordedMs: nowMs,
    receivedMs: nowMs,
    cause: trigger,
    effectiveAt: toIso(nowMs),
  };
  if (newOwner === undefined) return { ...base, type: 'suspension', reason: 'its owner left and nobody took over' };
  return { ...base, type: 'mover', attributes: { owner: newOwner } };
}

let live: ReturnType<typeof handOverOwnership> | undefined;

export const handler = serveTask('hand-over-ownership', inputSchema, (input) => {
  live ??= handOverOwnership(liveDependencies());
  return live(input);
});
