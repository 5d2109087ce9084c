// One identity: who, what they may access and every reason why, what the systems say, and how it came to be; now or at
// any moment of the past.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { AccessByApplication } from '../parts/access-by-application.tsx';
import { Accounts } from '../parts/accounts.tsx';
import { AuditTrail } from '../parts/audit-trail.tsx';
import { Holdings } from '../parts/holdings.tsx';
import { IdentityLink } from '../parts/links.tsx';
import { Moment } from '../parts/moment.tsx';
import { PageState } from '../parts/page-state.tsx';
import { Problem } from '../parts/problem.tsx';
import { ReasonedAct } from '../parts/reasoned-act.tsx';
import { Status } from '../parts/status.tsx';
import { TimeTravel } from '../parts/time-travel.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { useMay, useSession } from '../session-context.ts';

type Identity = Schemas['Identity'];

const EVERY_MS = 10_000;

export function IdentityPage() {
  const { id = '' } = useParams({ strict: false });
  const { at } = useSearch({ strict: false }) as { readonly at?: string };
  // Another identity is another page: what was chosen here is not chosen there.
  return <OneIdentity key={`${id} ${at}`} id={id} from={at} />;
}

/** @param from the moment that is shown at first; undefined: now */
function OneIdentity({ id, from }: { readonly id: string; readonly from: string | undefined }) {
  const [at, setAt] = useState(from);
  const now = useAnswer('GET /identities/{id}', { path: { id } }, { everyMs: EVERY_MS });
  const then = useAnswer(
    'GET /identities/{id}',
    { path: { id }, query: { ...(at !== undefined && { at }) } },
    { enabled: at !== undefined },
  );
  const mayAudit = useMay('GET /identities/{id}/audit');
  if (now.data === undefined) return <PageState error={now.error} />;
  const shown = (at === undefined ? undefined : then.data) ?? now.data;
  return (
    <SpaceBetween size="l">
      <Who identity={now.data} />
      <Notices identity={now.data} />
      <Container header={<Header variant="h2">Timeline</Header>}>
        <SpaceBetween size="s">
          <Timeline facts={now.data.timeline} at={at} />
          <TimeTravel facts={now.data.timeline} at={at} onChange={setAt} />
          <Problem error={at === undefined ? undefined : then.error} />
          {at !== undefined && shown.asOf && (
            <Alert type="info" statusIconAriaLabel="Information">
              Status and access as of <Moment at={at} />: <Status of={shown.state.status} />. {shown.asOf.limits}
            </Alert>
          )}
        </SpaceBetween>
      </Container>
      <Tabs
        ariaLabel="About this identity"
        tabs={[
          {
            id: 'access',
            label: `Access (${shown.entitlements.length})`,
            content: <AccessByApplication entitlements={shown.entitlements} />,
          },
          { id: 'facts', label: 'Facts', content: <Timeline facts={now.data.timeline} at={at} asList /> },
          { id: 'held', label: 'Over time', content: <Holdings id={id} facts={now.data.timeline} /> },
          {
            id: 'accounts',
            label: `Accounts (${now.data.accounts.length})`,
            content: <Accounts accounts={now.data.accounts} />,
          },
          { id: 'tasks', label: `Tasks (${now.data.tasks.length})`, content: <Tasks identity={now.data} /> },
          ...(mayAudit ? [{ id: 'audit', label: 'Audit trail', content: <AuditTrail id={id} /> }] : []),
        ]}
      />
    </SpaceBetween>
  );
}

function Who({ identity }: { readonly identity: Identity }) {
  const { identityId, state, converged, mergedInto, pending } = identity;
  const { givenName, familyName, email, title, department, manager, owner, kind, location, company, endsAt } =
    state.attributes ?? {};
  const name = [givenName, familyName].filter(Boolean).join(' ');
  const pairs = [
    { label: 'Status', value: <Status of={state.status} /> },
    { label: 'Kind', value: kind },
    { label: 'E-mail', value: email },
    { label: 'Title', value: title },
    { label: 'Department', value: department },
    { label: 'Location', value: location },
    { label: 'Company', value: company },
    { label: 'Manager', value: manager ? <IdentityLink id={manager} /> : undefined },
    { label: 'Owner', value: owner ? <IdentityLink id={owner} /> : undefined },
    { label: 'Joined', value: state.joinedAt ? <Moment at={state.joinedAt} /> : undefined },
    { label: 'Joins', value: state.joinsAt ? <Moment at={state.joinsAt} /> : undefined },
    { label: 'Left', value: state.departedAt ? <Moment at={state.departedAt} /> : undefined },
    { label: 'Contract ends', value: endsAt ? <Moment at={endsAt} /> : undefined },
    { label: 'Merged into', value: mergedInto ? <IdentityLink id={mergedInto} /> : undefined },
    {
      label: 'To come',
      value: pending ? (
        <>
          {pending.stage === 'unchanged' ? 'access may change' : pending.stage}, <Moment at={pending.at} relative />
        </>
      ) : undefined,
    },
    {
      label: 'Systems',
      value: converged ? <Status of="done" text="agree" /> : <Status of="running" text="being worked on" />,
    },
  ].flatMap(({ label, value }) => (value === undefined || value === '' ? [] : [{ label, value }]));
  return (
    <Container
      header={
        <Header variant="h1" description={identityId} actions={<Acts identity={identity} />}>
          {name || identityId}
        </Header>
      }
    >
      <KeyValuePairs columns={4} items={pairs} />
    </Container>
  );
}

function Acts({ identity }: { readonly identity: Identity }) {
  const { identityId: own } = useSession();
  const suspend = useAct('POST /identities/{id}/suspension');
  const resume = useAct('DELETE /identities/{id}/suspension');
  const maySuspend = useMay('POST /identities/{id}/suspension') && own !== undefined && own !== identity.identityId;
  const mayRequest = useMay('POST /requests') && own !== undefined;
  const { identityId, state, suspensions = [], removal } = identity;
  const path = { id: identityId };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {removal && (
        <Link to="/people/$id/departure" params={{ id: identityId }}>
          Departure
        </Link>
      )}
      {mayRequest && state.status === 'active' && (
        <Link to="/requests/new" search={{ for: identityId }}>
          Ask for access
        </Link>
      )}
      {maySuspend && suspensions.length > 0 && (
        <ReasonedAct
          text="Let in again"
          title={`Let ${identityId} in again`}
          required={false}
          act={() => resume.mutateAsync({ path })}
        >
          What was held is usable again, unless HR has told of a leave as well.
        </ReasonedAct>
      )}
      {maySuspend && suspensions.length === 0 && state.status === 'active' && (
        <ReasonedAct
          text="Keep out"
          title={`Keep ${identityId} out in an emergency`}
          label="Why it cannot wait"
          act={(reason) => suspend.mutateAsync({ path, body: { reason } })}
        >
          At once: accounts are disabled and sessions end. What is held is kept, until somebody lets them in again.
        </ReasonedAct>
      )}
    </SpaceBetween>
  );
}

function Notices({ identity: { escalation, suspensions = [], duties = [], conflicts = [] } }: { identity: Identity }) {
  return (
    <SpaceBetween size="s">
      {escalation && (
        <Alert type="error" statusIconAriaLabel="Error" header="A person was told">
          Since <Moment at={escalation.at} />:{' '}
          {escalation.failed.map(({ applicationId, error }) => `${applicationId}: ${error}`).join('; ')}
        </Alert>
      )}
      {suspensions.map(({ fact, by, since, reason }) => (
        <Alert key={fact} type="warning" statusIconAriaLabel="Warning" header="Kept out in an emergency">
          By {by} since <Moment at={since} />
          {reason && `: ${reason}`}
        </Alert>
      ))}
      {duties.map(({ rule, name, severity, outcome, exception }) => (
        <Alert key={rule} type="warning" statusIconAriaLabel="Warning" header={`Duties: ${name}`}>
          {severity}, {outcome}
          {exception && (
            <>
              ; an exception of {exception.owner} until <Moment at={exception.until} />: {exception.reason}
            </>
          )}
        </Alert>
      ))}
      {conflicts.map(({ attribute, with: other }) => (
        <Alert key={other} type="warning" statusIconAriaLabel="Warning">
          The same {attribute} as <IdentityLink id={other} />
        </Alert>
      ))}
    </SpaceBetween>
  );
}

function Tasks({ identity: { tasks } }: { readonly identity: Identity }) {
  if (tasks.length === 0) return <Box color="text-body-secondary">Nothing is to be done by hand.</Box>;
  return (
    <ul className="plain">
      {tasks.map(({ taskId, applicationId, status, dueAt }) => (
        <li key={taskId}>
          {applicationId} <Status of={status} /> due <Moment at={dueAt} relative />
        </li>
      ))}
    </ul>
  );
}
