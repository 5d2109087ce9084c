// What a leaver owned goes to the successor, else up the management chain; without either it is suspended, since a
// service account or agent that nobody answers for has no reason to have access.
import { z } from 'zod';
import { identityIdSchema } from '../core/attributes.ts';
import { sha256Hex } from '../core/canonical-json.ts';
import { type Fact, type HandedOverFact, ownFactBase } from '../core/facts.ts';
import { judgingTimeMs } from '../core/judging-time.ts';
import { toIso } from '../core/moment.ts';
import { buildTimeline, departureIdOf, type IdentityStatus, identityAt } from '../core/timeline.ts';
import { serveTask } from '../middleware/serve-task.ts';
import { appendFact } from './shared/append-fact.ts';
import { type Dependencies, liveDependencies } from './shared/dependencies.ts';
import { findSuccessor } from './shared/find-successor.ts';

const inputSchema = z.strictObject({ identityId: identityIdSchema, trigger: z.string() });
const ACTOR = { type: 'tenure', id: 'hand-over-ownership' } as const;

export const handOverOwnership =
  (dependencies: Dependencies) =>
  async ({ identityId, trigger }: z.infer<typeof inputSchema>): Promise<{ readonly handedOver: number }> => {
    const { identities, clock } = dependencies;
    const listed = await identities.listOwnedBy(identityId);
    const record = await identities.load(identityId);
    const timeline = buildTimeline(record?.facts ?? []);
    const nowMs = judgingTimeMs(clock(), record?.header);
    const state = identityAt(timeline, nowMs);
    if (state.status !== 'departed') return { handedOver: 0 };
    const newOwner = await findSuccessor(dependencies, timeline, state);
    // What nobody can take over and is suspended already has been dealt with.
    const settled: readonly IdentityStatus[] = newOwner === undefined ? ['departed', 'suspended'] : ['departed'];
    const owned = listed.filter(({ summary }) => !settled.includes(summary.status));
    if (owned.length === 0) return { handedOver: 0 };
    const told = { departure: departureIdOf(state), trigger, nowMs };
    const facts = owned.map((header) => handOverFact(header.identityId, newOwner, told));
    // First what is about to be handed over: should the departure be rescinded meanwhile, it is taken back all the same.
    for (const fact of [handedOverFact(identityId, facts, told), ...facts]) {
      await appendFact(dependencies, fact, { payloadHash: sha256Hex(fact.factId), actor: ACTOR });
    }
    return { handedOver: facts.length };
  };

interface Told {
  readonly departure: string;
  readonly trigger: string;
  readonly nowMs: number;
}

function handOverFact(ownedId: string, newOwner: string | undefined, told: Told): Fact {
  const base = {
    ...ownFactBase(ownedId, `${told.trigger}/owned/${ownedId}`, told.nowMs),
    cause: told.departure,
    effectiveAt: toIso(told.nowMs),
  };
  if (newOwner === undefined) return { ...base, type: 'suspension', reason: 'its owner left and nobody took over' };
  return { ...base, type: 'mover', attributes: { owner: newOwner } };
}

function handedOverFact(identityId: string, facts: readonly Fact[], told: Told): HandedOverFact {
  const owned = facts.map((fact) => ({ identityId: fact.identityId, factId: fact.factId }));
  const which = sha256Hex(owned.map(({ factId }) => factId).join('\n')).slice(0, 16);
  const base = ownFactBase(identityId, `${told.trigger}/handed-over/${which}`, told.nowMs);
  return { ...base, type: 'handed-over', departure: told.departure, owned };
}

let live: ReturnType<typeof handOverOwnership> | undefined;

export const handler = serveTask('hand-over-ownership', inputSchema, (input) => {
  live ??= handOverOwnership(liveDependencies());
  return live(input);
});
