// Whoever owns what is no person is asked to answer for it, as soon as there is a pass for it under that owner.
import { answerToAsk } from '../../core/access/asking-owners.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import { type AnswerAskedFact, ownFactBase } from '../../core/identity/facts.ts';
import { appendFact } from '../shared/append-fact.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';

const ACTOR = { type: 'tenure', id: 'ask-owner' } as const;

/** @returns whether anybody was asked */
export async function askOwner(
  dependencies: Pick<Dependencies, 'facts' | 'directory' | 'clock' | 'model'>,
  { record: { header }, timeline, state, nowMs }: LoadedIdentity,
): Promise<boolean> {
  const { settledMs } = header;
  const asked = answerToAsk(dependencies.model().nonHuman, { timeline, state, nowMs, settledMs });
  if (asked === undefined) return false;
  const fact: AnswerAskedFact = {
    ...ownFactBase(header.identityId, `asked/${header.identityId}/${header.version}`, nowMs),
    type: 'answer-asked',
    ...asked,
  };
  await appendFact(dependencies, fact, { payloadHash: sha256Hex(fact.factId), actor: ACTOR });
  return true;
}
