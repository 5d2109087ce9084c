// What HR looks at first: what became of the events that were sent, who is to come, whose removal is not proven, who is one person.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';
import { type Answer, ApiProblem } from '../api/client.ts';
import { type ItemOf, useAct, useAnswer, useList } from '../api/queries.ts';
import { Choose } from '../parts/choose.tsx';
import { HR_OUTCOMES, HrOutcome, wordsOf } from '../parts/hr-outcome.tsx';
import { IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { Problem } from '../parts/problem.tsx';
import { ReasonedAct } from '../parts/reasoned-act.tsx';
import { Status } from '../parts/status.tsx';
import { useMay, useSession } from '../session-context.ts';

type Outcome = Answer<'GET /hr-events'>;

const EVERY_MS = 5_000;
/** A list costs as many reads as it has people. */
const SLOWLY_MS = 60_000;
const EVENTS = 20;

export function HrPage() {
  const { identityId } = useSession();
  const mayMerge = useMay('POST /identities/{id}/merge') && identityId !== undefined;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="What HR says is where all access begins."
        actions={
          <SpaceBetween direction="horizontal" size="m">
            {useMay('GET /holds') && <Link to="/holds">What is held</Link>}
            {useMay('POST /simulations') && <Link to="/what-if">Try a file or events first</Link>}
          </SpaceBetween>
        }
      >
        HR
      </Header>
      <Sent />
      <EventLookup />
      <Standing
        title="Who is to come"
        empty="Nobody is about to join."
        query={{ status: 'pending' }}
        description="They have no access before their first day."
      />
      <Standing
        title="Leavers whose removal is not proven"
        empty="The removal of everybody who left is proven."
        query={{ status: 'departed', removal: 'open' }}
        description="Some system still has to be read back, or somebody to attest."
        departures
      />
      {mayMerge && <Merging />}
    </SpaceBetween>
  );
}

const ANY = 'any';
const OUTCOMES = [
  { value: ANY, label: 'whatever became of it' },
  ...HR_OUTCOMES.map((value) => ({ value, label: wordsOf(value) })),
] as const;

function Sent() {
  const { data, error } = useAnswer('GET /hr-sources');
  const [chosen, setChosen] = useState<string>();
  const [outcome, setOutcome] = useState<Outcome['outcome'] | typeof ANY>(ANY);
  const source = chosen ?? data?.items[0]?.source;
  if (data === undefined) return error === null ? <Box>Asking the API…</Box> : <Problem error={error} />;
  if (source === undefined) return <Box>No HR system is in the settings.</Box>;
  const sources = data.items.map((one) => one.source);
  return (
    <Events
      key={`${source} ${outcome}`}
      source={source}
      outcome={outcome === ANY ? undefined : outcome}
      filter={
        <SpaceBetween direction="horizontal" size="s">
          <Choose label="HR system" among={sources} chosen={source} choose={setChosen} />
          <Choose label="What became of it" among={OUTCOMES} chosen={outcome} choose={setOutcome} />
        </SpaceBetween>
      }
    />
  );
}

interface EventsProps {
  readonly source: string;
  readonly outcome: Outcome['outcome'] | undefined;
  readonly filter: ReactNode;
}

function Events({ source, outcome, filter }: EventsProps) {
  const query = { limit: EVENTS, ...(outcome !== undefined && { outcome }) };
  const list = useList('GET /hr-sources/{source}/events', { path: { source }, query }, { everyMs: SLOWLY_MS });
  return (
    <Listing
      title="What was sent"
      what="event"
      heading="h2"
      description="Received last first, and what became of each. What takes effect later is who is about to join, move or leave."
      list={list}
      keyOf={({ eventId }) => eventId}
      empty={list.hasNextPage ? 'None among the last that were looked through.' : 'None.'}
      filter={filter}
      columns={[
        { id: 'what', header: 'What', cell: ({ type }) => type, isRowHeader: true },
        { id: 'about', header: 'About', cell: ({ identityId }) => <IdentityLink id={identityId} /> },
        {
          id: 'outcome',
          header: 'What became of it',
          minWidth: 220,
          cell: (event) => (
            <>
              <HrOutcome of={event.outcome} />
              {event.hold !== undefined && (
                <>
                  {' '}
                  <HoldLink id={event.hold} />
                </>
              )}
            </>
          ),
        },
        { id: 'received', header: 'Received', cell: ({ receivedAt }) => <Moment at={receivedAt} relative /> },
        { id: 'effective', header: 'Takes effect', cell: ({ effectiveInstant }) => <Moment at={effectiveInstant} /> },
        { id: 'tasks', header: 'Tasks by hand', cell: ({ openTasks }) => (openTasks === 0 ? '–' : openTasks) },
        { id: 'id', header: 'Its id', cell: ({ eventId }) => <span className="mono">{eventId}</span> },
      ]}
    />
  );
}

function HoldLink({ id }: { readonly id: string }) {
  return (
    <Link to="/holds/$id" params={{ id }} aria-label={`The hold ${id}`}>
      Hold
    </Link>
  );
}

function EventLookup() {
  const [source, setSource] = useState('');
  const [id, setId] = useState('');
  const [asked, setAsked] = useState<{ readonly source: string; readonly id: string }>();
  const ask = (event: FormEvent) => {
    event.preventDefault();
    if (source.trim() !== '' && id.trim() !== '') setAsked({ source: source.trim(), id: id.trim() });
  };
  return (
    <Container header={<Header variant="h2">What became of an event</Header>}>
      <SpaceBetween size="m">
        <form onSubmit={ask}>
          <SpaceBetween direction="horizontal" size="m" alignItems="end">
            <FormField label="Source">
              <Input value={source} onChange={({ detail }) => setSource(detail.value.slice(0, 64))} ariaRequired />
            </FormField>
            <FormField label="Its id">
              <Input value={id} onChange={({ detail }) => setId(detail.value.slice(0, 256))} ariaRequired />
            </FormField>
            <Button formAction="submit" variant="primary">
              Look it up
            </Button>
          </SpaceBetween>
        </form>
        {asked !== undefined && <Event key={JSON.stringify(asked)} asked={asked} />}
      </SpaceBetween>
    </Container>
  );
}

function Event({ asked }: { readonly asked: { readonly source: string; readonly id: string } }) {
  const { data, error } = useAnswer('GET /hr-events', { query: asked }, { everyMs: EVERY_MS });
  if (error instanceof ApiProblem && error.status === 404) {
    return <Box>No such event was accepted: it was refused, with every fault in the answer, or it never came.</Box>;
  }
  if (data === undefined) return error === null ? <Box>Asking the API…</Box> : <Problem error={error} />;
  return (
    <KeyValuePairs
      columns={4}
      items={[
        { label: 'Outcome', value: <HrOutcome of={data.outcome} /> },
        { label: 'About', value: <IdentityLink id={data.identityId} /> },
        ...(data.countsFor === undefined ? [] : [{ label: 'Counts for', value: <IdentityLink id={data.countsFor} /> }]),
        { label: 'What', value: data.type },
        { label: 'Received', value: <Moment at={data.receivedAt} /> },
        { label: 'Takes effect', value: <Moment at={data.effectiveInstant} relative /> },
        { label: 'Systems last in line', value: <Moment at={data.settledAt} /> },
        { label: 'Tasks by hand', value: data.openTasks },
        ...(data.hold === undefined
          ? []
          : [
              {
                label: 'Hold',
                value: <HoldLink id={data.hold} />,
              },
            ]),
        ...(data.takenBackBy === undefined ? [] : [{ label: 'Taken back by', value: data.takenBackBy }]),
      ]}
    />
  );
}

interface StandingProps {
  readonly title: string;
  readonly empty: string;
  readonly description: string;
  readonly query: { readonly status: 'pending' } | { readonly status: 'departed'; readonly removal: 'open' };
  readonly departures?: boolean;
}

function Standing({ title, empty, description, query, departures = false }: StandingProps) {
  const list = useList('GET /identities', { query });
  const isLookedThrough = list.items.length > 0 || !list.hasNextPage;
  return (
    <Listing
      title={title}
      what="identity"
      heading="h2"
      description={description}
      list={list}
      keyOf={({ identityId }) => identityId}
      empty={isLookedThrough ? empty : 'Nobody yet among those who were looked through.'}
      columns={[
        {
          id: 'who',
          header: 'Who',
          cell: ({ identityId, displayName }) => <IdentityLink id={identityId} name={displayName} />,
          isRowHeader: true,
        },
        { id: 'status', header: 'Status', cell: ({ status }) => <Status of={status} /> },
        { id: 'title', header: 'Title', cell: ({ title: job }) => job ?? '–' },
        { id: 'department', header: 'Department', cell: ({ department }) => department ?? '–' },
        ...(departures
          ? [
              {
                id: 'departure',
                header: 'System by system',
                cell: ({ identityId }: ItemOf<'GET /identities'>) => (
                  <Link
                    to="/people/$id/departure"
                    params={{ id: identityId }}
                    aria-label={`The departure of ${identityId}`}
                  >
                    Departure
                  </Link>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

function Merging() {
  const merge = useAct('POST /identities/{id}/merge');
  const undo = useAct('POST /identities/{id}/merge/undo');
  const [id, setId] = useState('');
  const [duplicate, setDuplicate] = useState('');
  const [told, setTold] = useState('');
  const path = { id: id.trim() };
  const propose = (act: typeof merge | typeof undo) => async (reason: string) => {
    const answer = await act.mutateAsync({ path, body: { duplicate: duplicate.trim(), reason } });
    setTold(
      'holdId' in answer
        ? `It is proposed: somebody else releases the hold ${answer.holdId}.`
        : 'They are so already: nothing changes.',
    );
  };
  const isNamed = id.trim() !== '' && duplicate.trim() !== '';
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="All that is said about the duplicate then counts for the other, and its own access ends. Somebody else has to agree."
        >
          Two ids, one person
        </Header>
      }
    >
      <SpaceBetween size="m">
        <SpaceBetween direction="horizontal" size="m" alignItems="end">
          <FormField label="The identity that stays">
            <Input value={id} onChange={({ detail }) => setId(detail.value.slice(0, 48))} />
          </FormField>
          <FormField label="The duplicate">
            <Input value={duplicate} onChange={({ detail }) => setDuplicate(detail.value.slice(0, 48))} />
          </FormField>
          {isNamed && (
            <ReasonedAct
              text="They are one"
              title={`${duplicate.trim()} is the same person as ${id.trim()}`}
              label="How this was found out"
              act={propose(merge)}
            >
              Nothing changes before somebody else releases the hold.
            </ReasonedAct>
          )}
          {isNamed && (
            <ReasonedAct
              text="They are two after all"
              title={`${duplicate.trim()} is somebody else than ${id.trim()}`}
              label="How this was found out"
              act={propose(undo)}
            >
              Nothing changes before somebody else releases the hold.
            </ReasonedAct>
          )}
        </SpaceBetween>
        <div role="status">{told}</div>
      </SpaceBetween>
    </Container>
  );
}
