// The same thing that several people hold, answered as one: by name, nobody chosen beforehand, and never what is privileged.
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useState } from 'react';
import { call } from '../api/client.ts';
import { useAct } from '../api/queries.ts';
import { Problem } from '../parts/problem.tsx';
import { ReasonField } from './reason-field.tsx';
import { type CampaignPerson, isOpen, isTelling, nameOf, type ReviewItem, wordsFor } from './review-words.ts';

/** Each is asked for by itself. */
export const LOOKED_AT = 24;
const AT_ONCE = 4;
const DECISIONS = [
  ['keep', 'Keep'],
  ['remove', 'Remove'],
] as const;

export interface AnswerManyProps {
  readonly person: CampaignPerson;
  readonly item: ReviewItem;
  /** Further people in the queue, by their ids. */
  readonly others: readonly string[];
  readonly done: (told: string) => void;
  readonly close: () => void;
}

interface Holder {
  readonly person: CampaignPerson;
  readonly item: ReviewItem;
}

export function AnswerMany({ person, item, others, done, close }: AnswerManyProps) {
  const { campaignId } = person;
  const { entitlement } = item;
  const decide = useAct('POST /review-campaigns/{id}/decisions');
  const [holders, setHolders] = useState<readonly Holder[]>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked up once, and not whenever the queue is asked for anew
  useEffect(() => {
    let isShown = true;
    lookUp(campaignId, entitlement, others.slice(0, LOOKED_AT)).then(
      (found) => isShown && setHolders([{ person, item }, ...found]),
      (caught: unknown) => isShown && setError(caught),
    );
    return () => {
      isShown = false;
    };
  }, []);
  const send = async (decision: (typeof DECISIONS)[number][0]) => {
    setError(undefined);
    const picked = (holders ?? []).filter((one) => chosen.has(one.person.identityId));
    const items = picked.map(({ person: { identityId } }) => ({ identityId, entitlement }));
    // Whoever was looked up first was seen the longest ago: what anybody answered since is refused.
    const openedAt = picked.map((one) => one.person.openedAt).sort()[0] ?? person.openedAt;
    try {
      await decide.mutateAsync({
        path: { id: campaignId },
        body: { items, decision, reason: reason.trim(), openedAt },
      });
      done(`${nameOf(item)}: ${decision}, of ${items.length} people.`);
    } catch (caught) {
      setError(caught);
    }
  };
  const toggle = (identityId: string) => {
    const next = new Set(chosen);
    if (!next.delete(identityId)) next.add(identityId);
    setChosen(next);
  };
  return (
    <fieldset className="answer" onKeyDown={({ key }) => key === 'Escape' && close()}>
      <legend>{nameOf(item)}, of whom?</legend>
      {holders === undefined && error === undefined && <div role="status">Looking up who else has it…</div>}
      {holders?.map((holder) => (
        <label key={holder.person.identityId} className="one">
          <input
            type="checkbox"
            checked={chosen.has(holder.person.identityId)}
            onChange={() => toggle(holder.person.identityId)}
          />
          <span>
            {holder.person.name ?? holder.person.identityId}{' '}
            <span className="soft">{holder.item.because.filter(isTelling).map(wordsFor).join(', ')}</span>
          </span>
        </label>
      ))}
      {others.length > LOOKED_AT && (
        <div className="soft">
          Of the next {LOOKED_AT} people in your queue; {others.length - LOOKED_AT} more were not looked at.
        </div>
      )}
      <ReasonField label="Why, of all who are chosen" reason={reason} setReason={setReason} />
      <SpaceBetween direction="horizontal" size="xs">
        {DECISIONS.map(([decision, text]) => (
          <Button
            key={decision}
            loading={decide.isPending}
            disabled={chosen.size === 0 || reason.trim() === ''}
            onClick={() => void send(decision)}
          >
            {text} for {chosen.size}
          </Button>
        ))}
        <Button variant="link" onClick={close}>
          Cancel
        </Button>
      </SpaceBetween>
      <Problem error={error} />
    </fieldset>
  );
}

/** Of whom it is still to be answered. */
async function lookUp(campaignId: string, entitlement: string, people: readonly string[]): Promise<readonly Holder[]> {
  const found: Holder[] = [];
  for (let from = 0; from < people.length; from += AT_ONCE) {
    const looked = await Promise.all(
      people
        .slice(from, from + AT_ONCE)
        .map((identityId) =>
          call('GET /review-campaigns/{id}/people/{identityId}', { path: { id: campaignId, identityId } }),
        ),
    );
    for (const person of looked) {
      const item = person.items.find((one) => one.entitlement === entitlement);
      if (item !== undefined && isOpen(item)) found.push({ person, item });
    }
  }
  return found;
}

/** What is privileged is answered one by one. */
export function mayAnswerMany(item: ReviewItem, others: readonly string[]): boolean {
  return isOpen(item) && !item.privileged && others.length > 0;
}
