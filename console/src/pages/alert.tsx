// One alert: what was done, which facts and reasons stand beside it, what followed, and what somebody says of it.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import DatePicker from '@cloudscape-design/components/date-picker';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { AboutAlert } from '../parts/about-alert.tsx';
import { AccessByApplication } from '../parts/access-by-application.tsx';
import { ActDialogue } from '../parts/act-dialogue.tsx';
import { IdentityInput } from '../parts/identity-input.tsx';
import { IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment, WithMoments } from '../parts/moment.tsx';
import { PageState } from '../parts/page-state.tsx';
import { Problem } from '../parts/problem.tsx';
import { ReasonedAct } from '../parts/reasoned-act.tsx';
import { Severity } from '../parts/severity.tsx';
import { Status } from '../parts/status.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { useMay, useSession } from '../session-context.ts';

type Found = Schemas['AlertDetail'];

const EVERY_MS = 30_000;
const DAY_MS = 86_400_000;
/** The API takes 90; a clock that is a little wrong is taken as well. */
const MAXIMUM_MUTE_DAYS = 89;
const MUTE_DAYS = 7;

export function AlertPage() {
  const { id = '' } = useParams({ strict: false });
  const { data, error } = useAnswer('GET /alerts/{id}', { path: { id } }, { everyMs: EVERY_MS });
  if (data === undefined) return <PageState error={error} />;
  return (
    <SpaceBetween size="l">
      <What alert={data} />
      <Beside alert={data} />
      {data.identityId !== undefined && <Who identityId={data.identityId} alert={data} />}
      <Taken alert={data} />
      {data.questions !== undefined && data.questions.length > 0 && <Questions questions={data.questions} />}
      <Records alert={data} />
      <ExpandableSection headerText="The same as OCSF (Detection Finding, 2004)">
        <code className="mono">{JSON.stringify(data.finding, null, 1)}</code>
      </ExpandableSection>
    </SpaceBetween>
  );
}

const RESPONSES: Readonly<Record<Found['response'], string>> = {
  record: 'it is recorded',
  alert: 'somebody is told',
  ask: 'whoever answers for it is asked',
  suspend: 'they are kept out',
};

function What({ alert }: { readonly alert: Found }) {
  const { severity, status, response, applicationId, count, firstAt, lastAt, foundAt, assignee, acknowledgedBy } =
    alert;
  const pairs = [
    { label: 'Severity', value: <Severity of={severity} /> },
    { label: 'Status', value: <Status of={status} /> },
    { label: 'About', value: <AboutAlert of={alert} /> },
    { label: 'Where', value: applicationId },
    { label: 'First record', value: <Moment at={firstAt} /> },
    { label: 'Last record', value: <Moment at={lastAt} relative /> },
    { label: 'Last found', value: <Moment at={foundAt} relative /> },
    { label: 'Records', value: count },
    { label: 'By policy', value: RESPONSES[response] },
    { label: 'Whose', value: assignee === undefined ? undefined : <IdentityLink id={assignee} /> },
    { label: 'Acknowledged by', value: acknowledgedBy },
    { label: 'Runbook', value: `docs/runbook/${alert.runbook}.md` },
  ].flatMap(({ label, value }) => (value === undefined ? [] : [{ label, value }]));
  return (
    <Container
      header={
        <Header variant="h1" description={alert.detection} actions={<Acts alert={alert} />}>
          {alert.title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {alert.closed && (
          <Alert type="success" statusIconAriaLabel="Success" header={`Closed: ${alert.closed.outcome}`}>
            By {alert.closed.by}, <Moment at={alert.closed.at} />: “{alert.closed.reason}”
          </Alert>
        )}
        {alert.mute !== undefined && <Muted id={alert.mute} />}
        <Box variant="p" fontSize="heading-s">
          <WithMoments line={alert.because} />
        </Box>
        <KeyValuePairs columns={4} items={pairs} />
      </SpaceBetween>
    </Container>
  );
}

function Beside({ alert: { evidence } }: { readonly alert: Found }) {
  const items = Object.entries(evidence).map(([name, value]) => ({ label: wordsOf(name), value: shown(value) }));
  return (
    <Container header={<Header variant="h2">Facts and reasons beside the record</Header>}>
      {items.length === 0 && <Box color="text-body-secondary">None.</Box>}
      {items.length > 0 && <KeyValuePairs columns={4} items={items} />}
    </Container>
  );
}

/** `peersSeenThere`: peers seen there. */
function wordsOf(name: string): string {
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function shown(value: string | number | boolean) {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' ? value : <WithMoments line={value} />;
}

function Muted({ id }: { readonly id: string }) {
  const { data } = useAnswer('GET /mutes');
  const mute = data?.items.find(({ muteId }) => muteId === id);
  if (mute === undefined) return null;
  return (
    <Alert
      type="info"
      statusIconAriaLabel="Information"
      header="Nobody wants to hear of it"
      action={<Link to="/alerts">What is muted</Link>}
    >
      Until <Moment at={mute.until} relative />, says {mute.by}: “{mute.reason}”
    </Alert>
  );
}

function Acts({ alert }: { readonly alert: Found }) {
  const { identityId: own } = useSession();
  const decide = useAct('POST /alerts/{id}/decision');
  // Nobody decides on what is about themselves; of what they own the API says so.
  const may = useMay('POST /alerts/{id}/decision') && own !== undefined && own !== alert.identityId;
  if (!may) return null;
  const { alertId, status, assignee } = alert;
  const say = (body: Schemas['AlertDecision']) => decide.mutateAsync({ path: { id: alertId }, body });
  const at = (body: Schemas['AlertDecision']) => () => void say(body).catch(() => undefined);
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="xs">
        {status === 'open' && (
          <Button onClick={at({ decision: 'acknowledge' })} loading={decide.isPending}>
            Acknowledge
          </Button>
        )}
        {status !== 'closed' && assignee !== own && (
          <Button onClick={at({ decision: 'assign', assignee: own })} loading={decide.isPending}>
            Take it on
          </Button>
        )}
        {status !== 'closed' && <Assign say={say} />}
        {status !== 'muted' && <Mute alert={alert} say={say} />}
        {status !== 'closed' && <Close say={say} />}
      </SpaceBetween>
      {/* What a dialogue was refused, it says itself. */}
      {decide.variables?.body !== undefined && isAtOnce(decide.variables.body) && <Problem error={decide.error} />}
    </SpaceBetween>
  );
}

function isAtOnce({ decision }: Schemas['AlertDecision']): boolean {
  return decision === 'acknowledge' || decision === 'assign';
}

interface SayingProps {
  readonly say: (decision: Schemas['AlertDecision']) => Promise<unknown>;
}

function Assign({ say }: SayingProps) {
  const [assignee, setAssignee] = useState('');
  return (
    <ActDialogue
      text="Assign"
      title="Whose is it?"
      isReady={assignee.trim() !== ''}
      act={() => say({ decision: 'assign', assignee: assignee.trim() })}
    >
      <FormField label="Who looks into it">
        <IdentityInput value={assignee} change={setAssignee} />
      </FormField>
    </ActDialogue>
  );
}

const OUTCOMES = [
  { value: 'misuse', label: 'Misuse', description: 'It was what it looks like.' },
  { value: 'expected', label: 'Expected', description: 'It was somebody’s right.' },
  { value: 'mistaken', label: 'Mistaken', description: 'It is not so.' },
] as const;
type Outcome = (typeof OUTCOMES)[number]['value'];

function Close({ say }: SayingProps) {
  // Nothing is chosen beforehand.
  const [outcome, setOutcome] = useState<Outcome>();
  const close = async (reason: string) => {
    if (outcome !== undefined) await say({ decision: 'close', outcome, reason });
  };
  return (
    <ReasonedAct
      text="Close"
      variant="primary"
      title="What was it?"
      isReady={outcome !== undefined}
      act={close}
      fields={
        <FormField label="Outcome">
          <RadioGroup
            value={outcome ?? null}
            items={[...OUTCOMES]}
            onChange={({ detail }) => setOutcome(OUTCOMES.find(({ value }) => value === detail.value)?.value)}
            ariaRequired
          />
        </FormField>
      }
    >
      It is raised anew when it is found again.
    </ReasonedAct>
  );
}

function Mute({ alert: { identityId, detection }, say }: SayingProps & { readonly alert: Found }) {
  const [until, setUntil] = useState(() => dayIn(MUTE_DAYS));
  const [everybody, setEverybody] = useState(false);
  return (
    <ReasonedAct
      text="Mute"
      title="Until when does nobody want to hear of it?"
      isReady={isMuteEnd(until)}
      act={(reason) => say({ decision: 'mute', reason, until: endOfDay(until).toISOString(), everybody })}
      fields={
        <SpaceBetween size="m">
          <FormField label="Until" constraintText="The end of that day, in your time zone; within three months.">
            <DatePicker
              value={until}
              onChange={({ detail }) => setUntil(detail.value)}
              isDateEnabled={(date) => isMuteEnd(dayOf(date))}
              placeholder="YYYY/MM/DD"
              openCalendarAriaLabel={(selected) => `Choose a date${selected ? `, chosen is ${selected}` : ''}`}
            />
          </FormField>
          <Checkbox checked={everybody} onChange={({ detail }) => setEverybody(detail.checked)}>
            Whomever {detection} finds something about, and not only {identityId ?? 'those whom this source tells of'}
          </Checkbox>
        </SpaceBetween>
      }
    >
      What is found meanwhile is recorded and counted, and told to nobody.
    </ReasonedAct>
  );
}

function dayIn(days: number): string {
  return dayOf(new Date(Date.now() + days * DAY_MS));
}

/** In the viewer's time zone, as a date picker has it. */
function dayOf(date: Date): string {
  const part = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${part(date.getMonth() + 1)}-${part(date.getDate())}`;
}

function endOfDay(day: string): Date {
  return new Date(`${day}T23:59:59`);
}

function isMuteEnd(day: string): boolean {
  const ms = endOfDay(day).getTime();
  return ms > Date.now() && ms < Date.now() + MAXIMUM_MUTE_DAYS * DAY_MS;
}

/** Whom it is about, and what they held when it was done: what a log alone cannot say. */
function Who({ identityId, alert: { lastAt, applicationId } }: { readonly identityId: string; readonly alert: Found }) {
  const path = { id: identityId };
  const now = useAnswer('GET /identities/{id}', { path });
  const then = useAnswer('GET /identities/{id}', { path, query: { at: lastAt } });
  const held = then.data?.entitlements.filter(({ entitlement }) => entitlement.startsWith(`${applicationId}:`)) ?? [];
  const others = (then.data?.entitlements.length ?? 0) - held.length;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            <>
              Then, <Moment at={lastAt} />, and now.
            </>
          }
          actions={
            <Link to="/people/$id" params={{ id: identityId }} search={{ at: lastAt }}>
              All of {identityId} at that moment
            </Link>
          }
        >
          Whom it is about
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Problem error={now.error ?? then.error} />
        {now.data && then.data && (
          <>
            <KeyValuePairs
              columns={4}
              items={[
                { label: 'Who', value: <IdentityLink id={identityId} name={nameOf(now.data)} /> },
                { label: 'Then', value: <Status of={then.data.state.status} /> },
                { label: 'Now', value: <Status of={now.data.state.status} /> },
                { label: 'Kind', value: now.data.state.attributes?.kind ?? '–' },
              ]}
            />
            <Timeline facts={now.data.timeline} at={lastAt} />
            <Box variant="h3">
              {applicationId === undefined ? 'Access held then' : `Access to ${applicationId} held then`}
            </Box>
            <AccessByApplication entitlements={applicationId === undefined ? then.data.entitlements : held} />
            {applicationId !== undefined && others > 0 && (
              <Box color="text-body-secondary">And {others} more to other applications.</Box>
            )}
          </>
        )}
      </SpaceBetween>
    </Container>
  );
}

function nameOf({ state: { attributes } }: Schemas['Identity']): string {
  return [attributes?.givenName, attributes?.familyName].filter(Boolean).join(' ');
}

const TAKEN: Readonly<Record<Found['taken'][number]['kind'], string>> = {
  told: 'somebody was told',
  asked: 'whoever answers for it was asked',
  'not-asked': 'nobody could be asked',
  suspended: 'they were kept out',
  'locked-down': 'their accounts were locked down again',
  'not-suspended': 'they were not kept out',
};

function Taken({ alert: { taken } }: { readonly alert: Found }) {
  return (
    <Container header={<Header variant="h2">What followed</Header>}>
      {taken.length === 0 && <Box color="text-body-secondary">Nothing yet.</Box>}
      {taken.length > 0 && (
        <ul className="plain">
          {taken.map(({ kind, at, detail }) => (
            <li key={`${kind} ${at} ${detail}`}>
              <Moment at={at} />: {TAKEN[kind]}
              {detail !== undefined && `, ${detail}`}
            </li>
          ))}
        </ul>
      )}
    </Container>
  );
}

const ANSWERS = { meant: 'it was meant', 'not-meant': 'it was not meant' } as const;

function Questions({ questions }: { readonly questions: NonNullable<Found['questions']> }) {
  return (
    <Container header={<Header variant="h2">Was this meant?</Header>}>
      <ul className="plain">
        {questions.map(({ person, askedAt, until, answer, answeredBy, answeredAt }) => (
          <li key={`${person} ${askedAt}`}>
            <IdentityLink id={person} /> was asked, <Moment at={askedAt} />.{' '}
            {answer === undefined ? (
              <>
                No answer; the link is good until <Moment at={until} relative />
              </>
            ) : (
              <>
                {answeredBy !== undefined && <IdentityLink id={answeredBy} />}, <Moment at={answeredAt} />:{' '}
                <Status of={answer} text={ANSWERS[answer]} />
              </>
            )}
          </li>
        ))}
      </ul>
    </Container>
  );
}

function Records({ alert: { records } }: { readonly alert: Found }) {
  return (
    <Listing
      title="Records"
      what="record"
      heading="h2"
      description="The last of them, as their sources name them."
      list={{ items: records }}
      keyOf={({ source, recordId }) => `${source} ${recordId}`}
      empty="None is kept."
      columns={[
        { id: 'at', header: 'When', cell: ({ at }) => <Moment at={at} />, width: 180 },
        { id: 'what', header: 'What', cell: ({ operation }) => operation, isRowHeader: true },
        { id: 'source', header: 'Seen by', cell: ({ source }) => source },
        { id: 'record', header: 'Record', cell: ({ recordId }) => <span className="mono">{recordId}</span> },
      ]}
    />
  );
}
