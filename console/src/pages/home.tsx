// What needs the reader first, by what their roles may see and decide.
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiProblem } from '../api/client.ts';
import { useAnswer, useList } from '../api/queries.ts';
import { AboutAlert } from '../parts/about-alert.tsx';
import { EntitlementLink, IdentityLink } from '../parts/links.tsx';
import { duration, Moment, WithMoments } from '../parts/moment.tsx';
import { Problem } from '../parts/problem.tsx';
import { Severity, worstFirst } from '../parts/severity.tsx';
import { Status } from '../parts/status.tsx';
import { useMay, useSession } from '../session-context.ts';

const SHOWN = 5;
const EVERY_MS = 30_000;

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
        {useMay('GET /alerts') && <Alerts />}
        {useMay('POST /requests/{id}/decisions') && identityId !== undefined && <Deciding />}
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

interface CardProps {
  readonly title: string;
  readonly more: ReactNode;
  readonly counter?: string | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
  readonly empty: string;
  readonly children: readonly ReactNode[];
}

function Card({ title, more, counter, error, isPending, empty, children }: CardProps) {
  return (
    <Container
      header={
        <Header variant="h2" counter={counter} actions={more}>
          {title}
        </Header>
      }
    >
      <Problem error={error} />
      {isPending && <Box color="text-body-secondary">Asking the API…</Box>}
      {!isPending && !error && children.length === 0 && <Box color="text-body-secondary">{empty}</Box>}
      {children.length > 0 && <ul className="plain">{children}</ul>}
    </Container>
  );
}

function counterOf({ items, hasNextPage }: { readonly items: readonly unknown[]; readonly hasNextPage?: boolean }) {
  return items.length === 0 ? undefined : `(${items.length}${hasNextPage ? '+' : ''})`;
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

function Alerts() {
  const { identityId } = useSession();
  const list = useList('GET /alerts', { query: { status: 'open' } }, { everyMs: EVERY_MS });
  const taken = useList('GET /alerts', { query: { status: 'acknowledged' } }, { everyMs: EVERY_MS });
  const own = taken.items.filter(({ assignee }) => assignee !== undefined && assignee === identityId);
  return (
    <Card
      title="Alerts"
      more={<Link to="/alerts">All alerts</Link>}
      counter={counterOf({ items: [...list.items, ...own], hasNextPage: list.hasNextPage })}
      error={list.error}
      isPending={list.isPending}
      empty="Nothing was found that nobody has looked at."
    >
      {[...list.items, ...own]
        .sort(worstFirst)
        .slice(0, SHOWN)
        .map((alert) => (
          <li key={alert.alertId}>
            <Severity of={alert.severity} />{' '}
            <Link to="/alerts/$id" params={{ id: alert.alertId }}>
              {alert.title}
            </Link>
            : <AboutAlert of={alert} />
            <Box fontSize="body-s" color="text-body-secondary">
              {alert.assignee !== undefined && alert.assignee === identityId && 'yours, '}last found{' '}
              <Moment at={alert.foundAt} relative />
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
