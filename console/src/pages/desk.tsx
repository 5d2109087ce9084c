// The reviewer's desk: person by person, the riskiest first, by keyboard if one likes. Nothing is chosen beforehand.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type ItemOf, useAct, useAnswer, useList } from '../api/queries.ts';
import { IdentityLink } from '../parts/links.tsx';
import { Moment } from '../parts/moment.tsx';
import { PageState } from '../parts/page-state.tsx';
import { Problem } from '../parts/problem.tsx';
import { type Act, AnswerForm, type Given } from '../reviews/answer-form.tsx';
import { AnswerMany, mayAnswerMany } from '../reviews/answer-many.tsx';
import { ReviewItemCard } from '../reviews/review-item.tsx';
import {
  type CampaignPerson,
  isOpen,
  isTelling,
  KEYS,
  nameOf,
  type ReviewItem,
  wordsFor,
} from '../reviews/review-words.ts';
import { useSession } from '../session-context.ts';
import { isTyping } from '../shell/typing.ts';

type Queued = ItemOf<'GET /review-campaigns/{id}/queue'>;

/** What was removed is read back meanwhile. */
const EVERY_MS = 5_000;
const PER_PAGE = 100;

export function DeskPage() {
  const { id = '' } = useParams({ strict: false });
  const campaign = useAnswer('GET /review-campaigns/{id}', { path: { id } });
  const queue = useList('GET /review-campaigns/{id}/queue', { path: { id }, query: { limit: PER_PAGE } });
  const [chosen, setChosen] = useState<string>();
  if (queue.isPending) return <PageState error={queue.error} />;
  const { items, hasNextPage } = queue;
  const current =
    items.find(({ identityId }) => identityId === chosen) ?? items.find(({ open }) => open > 0) ?? items[0];
  const at = current === undefined ? -1 : items.indexOf(current);
  const minutes = items.reduce((sum, one) => sum + (one.open > 0 ? one.minutes : 0), 0);
  const others = items.filter((one) => one !== current && one.open > 0).map(({ identityId }) => identityId);
  const left = items.filter(({ open }) => open > 0).length;
  const step = (by: number) => setChosen(items[at + by]?.identityId ?? current?.identityId);
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description={
          <>
            {campaign.data?.name ?? id}
            {campaign.data?.dueAt !== undefined && (
              <>
                , to be answered by <Moment at={campaign.data.dueAt} relative />
              </>
            )}
          </>
        }
        actions={<Link to="/campaigns">All campaigns</Link>}
      >
        Your reviews
      </Header>
      <Problem error={queue.error ?? campaign.error} />
      {current === undefined ? (
        <Box color="text-body-secondary">Nothing of this campaign is yours to answer.</Box>
      ) : (
        <>
          <div className="place" role="status">
            {left === 0
              ? `All ${items.length} are answered.`
              : `${at + 1} of ${items.length}${hasNextPage ? '+' : ''}, about ${minutes} min`}
          </div>
          <div className="desk">
            <Queue
              items={items}
              current={current}
              choose={setChosen}
              more={hasNextPage ? queue.fetchNextPage : undefined}
            />
            <Person key={current.identityId} campaignId={id} queued={current} others={others} step={step} />
          </div>
        </>
      )}
    </SpaceBetween>
  );
}

interface QueueProps {
  readonly items: readonly Queued[];
  readonly current: Queued;
  readonly choose: (identityId: string) => void;
  readonly more: (() => unknown) | undefined;
}

function Queue({ items, current, choose, more }: QueueProps) {
  return (
    <nav className="queue" aria-label="People to review, the riskiest first">
      <ul>
        {items.map(({ identityId, name, open, riskiest }) => (
          <li key={identityId}>
            <button
              type="button"
              aria-current={identityId === current.identityId ? 'true' : undefined}
              onClick={() => choose(identityId)}
            >
              {name ?? identityId}{' '}
              <span className="soft">
                {open === 0
                  ? 'answered'
                  : [`${open} open`, ...riskiest.slice(0, 1).filter(isTelling).map(wordsFor)].join(', ')}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {more !== undefined && <Button onClick={() => void more()}>Show more</Button>}
    </nav>
  );
}

interface PersonProps {
  readonly campaignId: string;
  readonly queued: Queued;
  /** Of whom something is to be answered as well, by their ids. */
  readonly others: readonly string[];
  /** To the next person, or the one before. */
  readonly step: (by: number) => void;
}

function Person({ campaignId, queued: { identityId }, others, step }: PersonProps) {
  const asked = { path: { id: campaignId, identityId } };
  const { data, error } = useAnswer('GET /review-campaigns/{id}/people/{identityId}', asked, { everyMs: EVERY_MS });
  if (data === undefined) return <PageState error={error} />;
  return <Items person={data} others={others} step={step} />;
}

interface Doing {
  readonly act: Act;
  readonly entitlement: string;
}

/** Of this page: whoever writes the same once more has it at hand. */
let lastReason = '';

interface ItemsProps extends Pick<PersonProps, 'others' | 'step'> {
  readonly person: CampaignPerson;
}

function Items({ person, others, step }: ItemsProps) {
  const { identityId, name = identityId, title, department, items } = person;
  const opened = useRef(person.openedAt);
  const { identityId: own } = useSession();
  const [picked, setPicked] = useState<string>();
  const [doing, setDoing] = useState<Doing>();
  /** What is answered of several people as one. */
  const [many, setMany] = useState<string>();
  const [isHelp, setHelp] = useState(false);
  const [told, setTold] = useState('');
  const place = useRef<HTMLLIElement>(null);
  const acts = useReviewActs(person, opened.current);
  const current = items.find(({ entitlement }) => entitlement === picked) ?? items.find(isOpen) ?? items[0];
  const at = current === undefined ? -1 : items.indexOf(current);
  const move = (by: number) => {
    const next = items[at + by];
    if (next === undefined) step(by);
    else setPicked(next.entitlement);
  };
  const begin = (act: Act, item: ReviewItem | undefined = current) => {
    if (item === undefined || !mayDo(act, item)) return;
    setPicked(item.entitlement);
    setMany(undefined);
    setDoing({ act, entitlement: item.entitlement });
  };
  const beginMany = (item: ReviewItem | undefined = current) => {
    if (item === undefined || !mayAnswerMany(item, others)) return;
    setPicked(item.entitlement);
    setDoing(undefined);
    setMany(item.entitlement);
  };
  const finish = async (item: ReviewItem, act: Act, given: Given) => {
    await acts(act, item, given);
    lastReason = given.reason;
    setDoing(undefined);
    setTold(`${nameOf(item)}: ${act}.`);
    const next = items.find((one) => one !== item && isOpen(one));
    if (act === 'delegate' || (act !== 'undo' && next === undefined)) step(1);
    else setPicked(next?.entitlement ?? item.entitlement);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    y: () => begin('keep'),
    n: () => begin('remove'),
    s: () => begin('shorten'),
    a: () => begin('ask'),
    d: () => begin('delegate'),
    u: () => begin('undo'),
    o: () => beginMany(),
    '?': () => setHelp(!isHelp),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever was picked is brought into view
  useEffect(() => {
    // What it answers is a promise in newer browsers, and no way to end an effect.
    void place.current?.scrollIntoView({ block: 'nearest' });
  }, [picked]);
  return (
    <section className="person" aria-label={`What ${name} holds`}>
      <Header
        variant="h2"
        description={[title, department].filter(Boolean).join(', ')}
        actions={<Button onClick={() => setHelp(!isHelp)}>Keys (?)</Button>}
      >
        <IdentityLink id={identityId} name={name === identityId ? undefined : name} />
      </Header>
      {isHelp && <Keys />}
      <div className="for-readers" role="status">
        {told}
      </div>
      {own === identityId && <Box>Nobody reviews what they hold themselves.</Box>}
      <ol className="plain items">
        {items.map((item) => (
          <ReviewItemCard
            key={item.entitlement}
            item={item}
            isCurrent={item === current}
            onPick={() => setPicked(item.entitlement)}
            {...(item === current && { ref: place })}
          >
            {many === item.entitlement ? (
              <AnswerMany
                person={person}
                item={item}
                others={others}
                done={(told) => {
                  setMany(undefined);
                  setTold(told);
                }}
                close={() => setMany(undefined)}
              />
            ) : doing?.entitlement === item.entitlement ? (
              <AnswerForm
                key={doing.act}
                act={doing.act}
                about={`${nameOf(item)} of ${name}`}
                before={lastReason}
                send={(given) => finish(item, doing.act, given)}
                close={() => setDoing(undefined)}
              />
            ) : (
              <ItemActs item={item} begin={(act) => begin(act, item)}>
                {mayAnswerMany(item, others) && (
                  <Button ariaLabel={`Others with it o: ${nameOf(item)}`} onClick={() => beginMany(item)}>
                    Others with it <span className="soft">o</span>
                  </Button>
                )}
              </ItemActs>
            )}
          </ReviewItemCard>
        ))}
      </ol>
    </section>
  );
}

const ACTS: readonly (readonly [act: Act, text: string, key: string])[] = [
  ['keep', 'Keep', 'y'],
  ['remove', 'Remove', 'n'],
  ['shorten', 'Shorten', 's'],
  ['ask', 'Ask', 'a'],
  ['undo', 'Undo', 'u'],
  ['delegate', 'Delegate', 'd'],
];

interface ItemActsProps {
  readonly item: ReviewItem;
  readonly begin: (act: Act) => void;
  /** What else can be done with it. */
  readonly children: ReactNode;
}

function ItemActs({ item, begin, children }: ItemActsProps) {
  return (
    <div className="acts">
      {ACTS.filter(([act]) => mayDo(act, item)).map(([act, text, key]) => (
        <Button key={act} ariaLabel={`${text} ${key}: ${nameOf(item)}`} onClick={() => begin(act)}>
          {text} <span className="soft">{key}</span>
        </Button>
      ))}
      {children}
    </div>
  );
}

function mayDo(act: Act, { mayAnswer = false, undoUntil, answer }: ReviewItem): boolean {
  if (act === 'undo') return undoUntil !== undefined || (mayAnswer && answer?.decision === 'remove');
  return mayAnswer && !(act === answer?.decision);
}

/** What is sent for each act. */
function useReviewActs({ campaignId, identityId }: CampaignPerson, openedAt: string) {
  const decide = useAct('POST /review-campaigns/{id}/decisions');
  const undo = useAct('POST /review-campaigns/{id}/undo');
  const reassign = useAct('POST /review-campaigns/{id}/reassignments');
  const { identityId: own = '' } = useSession();
  const path = { id: campaignId };
  return (act: Act, { entitlement, undoUntil }: ReviewItem, { reason, until, to = '' }: Given): Promise<unknown> => {
    if (act === 'delegate') {
      return reassign.mutateAsync({ path, body: { from: own, to, identities: [identityId], reason } });
    }
    if (act === 'undo' && undoUntil !== undefined) {
      return undo.mutateAsync({ path, body: { identityId, entitlement, reason } });
    }
    // Until the last stage is over the last answer counts: undoing is keeping.
    const decision = act === 'undo' ? 'keep' : act;
    const items = [{ identityId, entitlement }];
    return decide.mutateAsync({
      path,
      body: { items, decision, reason, openedAt, ...(until !== undefined && { until }) },
    });
  };
}

function Keys() {
  return (
    <dl className="keys">
      {KEYS.map(([key, does]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  );
}

function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      const act = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}
