// What needs the reader first, by what their roles may see and decide.
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { ApiProblem } from '../api/client.ts';
import { useAnswer, useList } from '../api/queries.ts';
import { Card, counterOf, EVERY_MS, SHOWN } from '../home/card.tsx';
import { EntitlementLink, IdentityLink } from '../parts/links.tsx';
import { duration, Moment, WithMoments } from '../parts/moment.tsx';
import { Status } from '../parts/status.tsx';
import { useMay, useSession } from '../session-context.ts';

/** Of some roles alone: nobody else loads it. */
const AlertsCard = lazy(() =>
  import('../home/alerts.tsx').then(({ AlertsCard: component }) => ({ default: component })),
);
const HrEventsCard = lazy(() =>
  import('../home/hr-events.tsx').then(({ HrEventsCard: component }) => ({ default: component })),
);

export function HomePage() {
  const { name, roles, identityId } = useSession();
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={roles.length === 0 ? undefined : `Signed in as ${roles.join(', ')}.`}>
        Good to see you, {name}
      </Header>
      {roles.length === 0 && (
        <Box>Your token names no role that Tenure knows. Whoever runs the directory can give you one.</Box>
      )}
      <div className="cards">
        <Suspense fallback={null}>{useMay('GET /alerts') && <AlertsCard />}</Suspense>
        {useMay('POST /requests/{id}/decisions') && identityId !== undefined && <Deciding />}
        <Suspense fallback={null}>{roles.includes('hr') && <HrEventsCard />}</Suspense>
        {useMay('GET /tasks') && <Tasks />}
        {useMay('GET /holds') && <Holds />}
        {useMay('GET /duties/violations') && <Violations />}
        {useMay('GET /reconciliations') && <Findings />}
        {roles.includes('manager') && <Team />}
        {useMay('GET /time-to-revoke') && <Revoking />}
        {useMay('POST /requests') && identityId !== undefined && <OwnRequests />}
      </div>
    </SpaceBetween>
  );
}

function Deciding() {
  const list = useList('GET /requests', { query: { for: 'me' } }, { everyMs: EVERY_MS });
  return (
    <Card
      title="Waiting for your decision"
      more={<Link to="/requests">All requests</Link>}
      counter={counterOf(list)}
      error={list.error}
      isPending={list.isPending}
      empty="Nothing waits for you."
    >
      {list.items.slice(0, SHOWN).map(({ requestId, identityId, entitlement, reason, expiresAt }) => (
        <li key={requestId}>
          <Link to="/requests/$id" params={{ id: requestId }}>
            {entitlement}
          </Link>{' '}
          for <IdentityLink id={identityId} />
          <Box color="text-body-secondary" fontSize="body-s">
            “{reason}” Until <Moment at={expiresAt} relative />
          </Box>
        </li>
      ))}
    </Card>
  );
}

function Tasks() {
  const list = useList('GET /tasks', { query: { status: 'open' } }, { everyMs: EVERY_MS });
  const overdueFirst = [...list.items].sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
  return (
    <Card
      title="Tasks by hand"
      more={<Link to="/tasks">All tasks</Link>}
      counter={counterOf(list)}
      error={list.error}
      isPending={list.isPending}
      empty="No task is open."
    >
      {overdueFirst.slice(0, SHOWN).map(({ taskId, applicationId, identityId, dueAt, overdue }) => (
        <li key={taskId}>
          {applicationId} for <IdentityLink id={identityId} />
          <Box fontSize="body-s" color="text-body-secondary">
            {overdue ? <Status of="overdue" /> : 'due'} <Moment at={dueAt} relative />
          </Box>
        </li>
      ))}
    </Card>
  );
}

function Holds() {
  const list = useList('GET /holds', { query: { status: 'open' } }, { everyMs: EVERY_MS });
  return (
    <Card
      title="Held until somebody agrees"
      more={<Link to="/holds">All holds</Link>}
      counter={counterOf(list)}
      error={list.error}
      isPending={list.isPending}
      empty="Nothing is held."
    >
      {list.items.slice(0, SHOWN).map(({ holdId, source, rule, count, openedAt }) => (
        <li key={holdId}>
          <Link to="/holds/$id" params={{ id: holdId }}>
            {rule} from {source}
          </Link>
          , {count} {count === 1 ? 'identity' : 'identities'}
          <Box fontSize="body-s" color="text-body-secondary">
            since <Moment at={openedAt} relative />
          </Box>
        </li>
      ))}
    </Card>
  );
}

function Violations() {
  const list = useList('GET /duties/violations');
  return (
    <Card
      title="Duties held together"
      more={<Link to="/duties">All of them</Link>}
      counter={counterOf(list)}
      error={list.error}
      isPending={list.isPending}
      empty="Nobody holds two sides of a rule."
    >
      {list.items.slice(0, SHOWN).map(({ identityId, rule, severity, outcome }) => (
        <li key={`${identityId} ${rule}`}>
          <IdentityLink id={identityId} />: {rule} ({severity}) <Status of={outcome} />
        </li>
      ))}
    </Card>
  );
}

function Findings() {
  const { data, error, isPending } = useAnswer('GET /reconciliations');
  const found = (data?.items ?? []).flatMap(({ applicationId, applicationName, report, decision }) => {
    const { counts, runId } = report ?? {};
    const sum = Object.values(counts ?? {}).reduce((total, count) => total + (count ?? 0), 0);
    return sum === 0 || decision?.runId === runId ? [] : [{ applicationId, applicationName, sum }];
  });
  return (
    <Card
      title="Found in the systems, not yet decided"
      more={<Link to="/reconciliations">All reports</Link>}
      error={error}
      isPending={isPending}
      empty="Every report is clean or decided."
    >
      {found.slice(0, SHOWN).map(({ applicationId, applicationName, sum }) => (
        <li key={applicationId}>
          <Link to="/reconciliations/$application" params={{ application: applicationId }}>
            {applicationName}
          </Link>
          : {sum} {sum === 1 ? 'finding' : 'findings'}
        </li>
      ))}
    </Card>
  );
}

function Team() {
  const list = useList('GET /identities');
  return (
    <Card
      title="Your team"
      more={<Link to="/people">All of them</Link>}
      counter={counterOf(list)}
      error={list.error}
      isPending={list.isPending}
      empty="Nobody reports to you."
    >
      {list.items.slice(0, SHOWN * 2).map(({ identityId, displayName, title, status, converged }) => (
        <li key={identityId}>
          <IdentityLink id={identityId} name={displayName} /> <Status of={status} />
          <Box fontSize="body-s" color="text-body-secondary">
            {title}
            {!converged && ' · being worked on'}
          </Box>
        </li>
      ))}
    </Card>
  );
}

function Revoking() {
  const { data, error, isPending } = useAnswer('GET /time-to-revoke');
  const slowest = (data?.applications ?? [])
    .flatMap(({ applicationId, measures: { disabled } }) => (disabled ? [{ applicationId, ...disabled }] : []))
    .sort((a, b) => b.p99Seconds - a.p99Seconds);
  return (
    <Card
      title="Slowest to let go, 30 days"
      more={<Link to="/time-to-revoke">By system</Link>}
      error={error}
      isPending={isPending}
      empty="Nobody has left in the last 30 days."
    >
      {slowest.slice(0, SHOWN).map(({ applicationId, p50Seconds, p99Seconds, count }) => (
        <li key={applicationId}>
          {applicationId}: {duration(p50Seconds)} as a rule, {duration(p99Seconds)} at worst ({count})
        </li>
      ))}
    </Card>
  );
}

function OwnRequests() {
  const list = useList('GET /requests');
  // Operators whom no HR system names ask for nothing.
  if (list.error instanceof ApiProblem && list.error.status === 404) return null;
  return (
    <Card
      title="What you asked for"
      more={<Link to="/requests/new">Ask for access</Link>}
      counter={counterOf(list)}
      error={list.error}
      isPending={list.isPending}
      empty="Nothing yet."
    >
      {list.items.slice(0, SHOWN).map(({ requestId, entitlement, status, whatNext }) => (
        <li key={requestId}>
          <EntitlementLink id={entitlement} /> <Status of={status} />{' '}
          <Link to="/requests/$id" params={{ id: requestId }}>
            Request
          </Link>
          <Box fontSize="body-s" color="text-body-secondary">
            <WithMoments line={whatNext} />
          </Box>
        </li>
      ))}
    </Card>
  );
}
