// What the reader has themselves: why, until when, and what else they may ask for.
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link, useNavigate } from '@tanstack/react-router';
import type { Schemas } from '../api/contract.ts';
import { useAnswer } from '../api/queries.ts';
import { Moment } from '../parts/moment.tsx';
import { PageState } from '../parts/page-state.tsx';
import { Status } from '../parts/status.tsx';
import { useMay } from '../session-context.ts';

type OwnAccess = Schemas['OwnAccess'];
type Held = OwnAccess['items'][number];

export function MyAccessPage() {
  const { data, error } = useAnswer('GET /own-access');
  const navigate = useNavigate();
  const mayAsk = useMay('POST /requests');
  if (data === undefined) return <PageState error={error} />;
  const { identityId, displayName = identityId, status, items } = data;
  const byApplication = Map.groupBy(items, ({ applicationName }) => applicationName);
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        counter={`(${items.length})`}
        description={
          <>
            {displayName} ({identityId}) <Status of={status} />
          </>
        }
        actions={
          mayAsk && (
            <Button variant="primary" onClick={() => void navigate({ to: '/requests/new' })}>
              Ask for access
            </Button>
          )
        }
      >
        My access
      </Header>
      {items.length === 0 && <Box color="text-body-secondary">You have no access, and there is no reason for any.</Box>}
      <div className="cards">
        {[...byApplication].map(([application, held]) => (
          <Container
            key={application}
            header={
              <Header variant="h2" counter={`(${held.length})`}>
                {application}
              </Header>
            }
          >
            <ul className="plain">
              {held.map((one) => (
                <HeldItem key={one.entitlement} held={one} />
              ))}
            </ul>
          </Container>
        ))}
      </div>
      {mayAsk && <ToAskFor access={data} />}
    </SpaceBetween>
  );
}

function HeldItem({ held: { entitlement, name, privileged, enabled, inPlace, reasons } }: { readonly held: Held }) {
  return (
    <li>
      <strong>{name}</strong> <span className="soft">{entitlement}</span>{' '}
      {privileged && <Badge color="red">privileged</Badge>}{' '}
      {inPlace ? <Status of="done" text="in place" /> : <Status of="pending" text="on its way" />}{' '}
      {!enabled && <Status of="suspended" text="not usable" />}
      <ul>
        {reasons.map(({ why, since, until, request }) => (
          <li key={`${why} ${since}`}>
            {why}, since <Moment at={since} />
            {until !== undefined && (
              <>
                , until <Moment at={until} relative />
              </>
            )}
            {request !== undefined && (
              <>
                {' '}
                <Link to="/requests/$id" params={{ id: request }} aria-label={`The request for ${name}`}>
                  The request
                </Link>
              </>
            )}
          </li>
        ))}
      </ul>
    </li>
  );
}

function ToAskFor({ access: { mayAskFor, moreToAskFor } }: { readonly access: OwnAccess }) {
  return (
    <Container
      header={
        <Header variant="h2" description={moreToAskFor && 'There is more: search for it by its name.'}>
          What you may ask for
        </Header>
      }
    >
      {mayAskFor.length === 0 ? (
        <Box color="text-body-secondary">Nothing beside what you have.</Box>
      ) : (
        <ul className="plain columns">
          {mayAskFor.map(({ entitlement, name, applicationName, privileged }) => (
            <li key={entitlement}>
              <Link to="/requests/new" search={{ what: entitlement }}>
                {name}
              </Link>{' '}
              <span className="soft">{applicationName}</span> {privileged && <Badge color="red">privileged</Badge>}
            </li>
          ))}
        </ul>
      )}
    </Container>
  );
}
