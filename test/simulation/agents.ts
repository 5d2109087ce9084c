// AI agents of people in the history, who hold no more than those do: they change hands and departments, and so do their
// owners. It draws from a stream of its own, so that the histories of old seeds say what they said.
import type { AccessModel, Application } from '../../lambdas/core/access-model/access-model.ts';
import { stampAuthority } from '../../lambdas/core/identity/authority.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import { type Arrival, DEPARTMENTS, factBase, type History, MINUTE_MS } from './history.ts';
import { OWNER } from './oracle/rules-asked.ts';
import type { Random } from './random.ts';
import type { Setting } from './setting.ts';

export const AGENTS: readonly string[] = ['A1', 'A2'];
/** What agents alone may hold. */
const TOOL = 'engineering-room';
/** Only ever approved by two, and carried out by people. */
const VAULT = 'office';
const FAR = '2028-01-01';
/** So much longer such a history lasts: for mails to be sent, and for what is found once an hour. */
const LASTING_MS = [20 * MINUTE_MS, 120 * MINUTE_MS, 300 * MINUTE_MS];
/** Beyond the events of whoever it is about. */
const FIRST_INDEX = 40;

export function withAgents(random: Random, history: History): History {
  const { arrivals, startMs, precedence = {} } = history;
  const people = [...new Set(arrivals.map(({ fact }) => fact.identityId))].filter((id) => id.startsWith('E')).sort();
  const endsMs = history.endsMs + random.pick(LASTING_MS);
  const told: Arrival[] = [];
  const tell = (atMs: number, fact: Fact) => told.push({ atMs, fact: stampAuthority(fact, precedence) });
  const saidAt = (id: string, index: number, atMs: number) => ({
    ...{ ...factBase('acme-hr', id, index), recordedMs: atMs, receivedMs: atMs, effectiveAt: toIso(atMs) },
  });
  const owner = () => (random.chance(0.2) ? OWNER : random.pick(people));
  const attributes = () => ({
    department: random.pick(DEPARTMENTS),
    ...(random.chance(0.4) && { location: random.pick(['Berlin', 'Hamburg']) }),
  });
  for (const id of AGENTS.slice(0, random.between(1, AGENTS.length))) {
    const base = saidAt(id, 0, startMs);
    const known = { ...attributes(), owner: owner(), kind: 'ai-agent' as const, endsAt: FAR };
    tell(startMs, { ...base, type: 'joiner', attributes: known });
    for (let index = 1; index <= random.below(4); index += 1) {
      const atMs = startMs + random.below(endsMs - startMs);
      const changed = random.chance(0.5) ? { owner: owner() } : attributes();
      tell(atMs, { ...saidAt(id, index, atMs), type: 'mover', attributes: changed });
    }
  }
  for (let index = 0; index < random.between(2, 5); index += 1) {
    const atMs = startMs + random.below(endsMs - startMs);
    const base = saidAt(random.pick(people), FIRST_INDEX + index, atMs);
    if (random.chance(0.2)) tell(atMs, { ...base, type: 'leaver', immediate: false });
    else tell(atMs, { ...base, type: 'mover', attributes: attributes() });
  }
  return { ...history, arrivals: [...arrivals, ...told], endsMs };
}

/** And what is carried out by people takes two of them, where it is privileged. */
export function withCeiling(setting: Setting): Setting {
  const { model, deployment } = setting;
  return {
    ...setting,
    model: limited(model),
    deployment: deployment && { ...deployment, model: limited(deployment.model) },
  };
}

function limited(model: AccessModel): AccessModel {
  return {
    ...model,
    hash: `${model.hash}, no more than owners`,
    nonHuman: { ...model.nonHuman, 'ai-agent': { holdsNoMoreThanOwner: true } },
    applications: model.applications.map(marked),
  };
}

function marked(application: Application): Application {
  const entitlements = application.entitlements.map((one) => {
    if (one.id === TOOL) return { ...one, agentMayHold: true as const };
    return one.id === VAULT ? { ...one, privileged: true } : one;
  });
  const isByHand = application.connector === 'manual';
  return { ...application, entitlements, ...(isByHand && { attestation: { secondPerson: 'privileged' as const } }) };
}
