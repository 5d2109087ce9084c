// What an owner holds may be all that an agent of theirs may hold. So whatever changes for the owner is recorded on each such
// agent: its version rises, and a pass that planned by what the owner had before plans again.
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import { RetryableError } from '../../core/errors.ts';
import { type Fact, isExcepting, isTimed } from '../../core/identity/facts.ts';
import { isLimited, mayOwn } from '../../core/identity/ownership.ts';
import type { Stage } from '../../core/identity/stage.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { Dependencies } from './dependencies.ts';
import { findIdentity, type LoadedIdentity } from './load-identity.ts';
import { effectOn } from './record-effect.ts';

type WakingDependencies = Pick<Dependencies, 'facts' | 'directory' | 'clock'>;

/** Each is read and written once; a function has 55 s. */
const CONCURRENT_AGENTS = 10;
const TRIES = 8;

/**
 * Whoever leaves has what they own handed over, or back, which is recorded on it anyway. What nobody took over is suspended, and
 * may hold what its owner has once they are back, whoever answers for it by then.
 */
export function mayChangeWhatOwnedHold(
  stage: Stage,
  fact: Fact | undefined,
  { settledVersion }: Pick<IdentityHeader, 'settledVersion'>,
): boolean {
  if (stage === 'mover' || (stage === 'joiner' && settledVersion !== undefined)) return true;
  return stage === 'unchanged' && (fact === undefined || isTimed(fact) || isExcepting(fact) || fact.type === 'rescind');
}

export async function wakeOwned(
  dependencies: WakingDependencies,
  { record, state, nowMs }: Pick<LoadedIdentity, 'record' | 'state' | 'nowMs'>,
  trigger: string,
): Promise<void> {
  if (!mayOwn(state)) return;
  const { identityId } = record.header;
  await wakeThose(dependencies, await dependencies.directory.listOwnedBy(identityId), { trigger, nowMs });
}

export async function wakeThose(
  dependencies: WakingDependencies,
  owned: readonly Pick<IdentityHeader, 'identityId'>[],
  told: Told,
): Promise<void> {
  await mapBounded(owned, CONCURRENT_AGENTS, ({ identityId }) => wake(dependencies, identityId, told));
}

export interface Told {
  readonly trigger: string;
  /** The time by which the owner was judged (epoch ms): whoever looks now judges by none before it. */
  readonly nowMs: number;
}

async function wake(dependencies: WakingDependencies, identityId: string, told: Told): Promise<void> {
  let instantMs = told.nowMs;
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const loaded = await findIdentity(dependencies, identityId, { judgedMs: told.nowMs });
    if (loaded === undefined || !isLimited(loaded.state)) return;
    instantMs = Math.max(instantMs, loaded.nowMs);
    const by = { actorId: 'wake-owned', trigger: told.trigger, correlatedMs: loaded.nowMs };
    const outcome = await dependencies.facts.recordEffect(effectOn(loaded, instantMs, by));
    if (outcome === 'recorded') return;
    // Two changes of an owner within one millisecond are two.
    if (outcome === 'duplicate') instantMs += 1;
  }
  throw new RetryableError(`the version of ${identityId} kept changing`);
}
