// A leaver, system by system, from the word of HR to the proof that nothing is left.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link, useParams } from '@tanstack/react-router';
import type { Schemas } from '../api/contract.ts';
import { useAnswer } from '../api/queries.ts';
import { IdentityLink } from '../parts/links.tsx';
import { Moment } from '../parts/moment.tsx';
import { PageState } from '../parts/page-state.tsx';
import { Status } from '../parts/status.tsx';
import { useMay } from '../session-context.ts';

type Identity = Schemas['Identity'];
type Account = Identity['accounts'][number];

const EVERY_MS = 2_000;

export function DeparturePage() {
  const { id = '' } = useParams({ strict: false });
  const { data, error } = useAnswer('GET /identities/{id}', { path: { id } }, { everyMs: EVERY_MS });
  const mayCertify = useMay('GET /certificates/{id}');
  if (data === undefined) return <PageState error={error} />;
  const { removal, state, accounts, entitlements } = data;
  const closed = accounts.filter(isClosed);
  const isProven = removal?.provenAt !== undefined;
  const isBack = removal !== undefined && (state.status === 'active' || state.status === 'suspended');
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={
          <>
            <IdentityLink id={id} name={nameOf(data)} /> · <Status of={state.status} />
          </>
        }
      >
        {isBack ? 'Left, and here again' : isProven ? 'Left, and proven' : 'Leaving'}
      </Header>
      {removal === undefined && (
        <Alert type="info" statusIconAriaLabel="Information">
          No removal is under way{state.status === 'active' && `: ${entitlements.length} entitlements are held`}. This
          page shows it from its first moment on.
        </Alert>
      )}
      {isBack && (
        <Alert type="info" statusIconAriaLabel="Information">
          The removal began <Moment at={removal.startedAt} />,{' '}
          {isProven ? (
            <>
              and was proven <Moment at={removal.provenAt} />
            </>
          ) : (
            'and was not proven before they joined again'
          )}
          . What the systems have now is theirs once more.
          {isProven && mayCertify && <Certificate id={removal.certificateId} />}
        </Alert>
      )}
      {removal !== undefined && !isBack && (
        <Container>
          <SpaceBetween size="m">
            <ProgressBar
              label="Systems read back without access"
              value={accounts.length === 0 ? 100 : (100 * closed.length) / accounts.length}
              additionalInfo={`${closed.length} of ${accounts.length}`}
              status={isProven ? 'success' : 'in-progress'}
              resultText="Every system was read back: nothing is left."
              ariaLabel="Systems read back without access"
            />
            <ol className="plain" aria-label="Steps">
              <Step done at={state.departedAt} text="The departure took effect" />
              <Step done at={removal.startedAt} text="The removal began" />
              <Step
                done={accounts.every(({ account }) => account === undefined || !account.enabled)}
                text="Every account refuses sign-in"
              />
              <Step done={closed.length === accounts.length} text="Every grant is gone" />
              {removal.residualUntil !== undefined && (
                <Step done={isProven} at={removal.residualUntil} text="What nobody can take back has run out" />
              )}
              <Step done={isProven} at={removal.provenAt} text="Proven" />
            </ol>
            {removal.waitsFor !== undefined && removal.waitsFor.length > 0 && (
              <Alert type="warning" statusIconAriaLabel="Warning">
                It waits for somebody to attest what is done by hand in {removal.waitsFor.join(', ')}.
              </Alert>
            )}
            {isProven && mayCertify && <Certificate id={removal.certificateId} />}
          </SpaceBetween>
        </Container>
      )}
      <Container header={<Header variant="h2">System by system</Header>}>
        {accounts.length === 0 && <Box color="text-body-secondary">No system has been read.</Box>}
        <ul className="plain">
          {accounts.map((account) => (
            <li key={account.applicationId}>
              <SystemState account={account} /> {account.applicationName ?? account.applicationId}
              <Box fontSize="body-s" color="text-body-secondary">
                read <Moment at={account.readAt} relative />
                {account.closedAt && (
                  <>
                    , last usable <Moment at={account.closedAt} />
                  </>
                )}
                {account.lastError && `, ${account.lastError}`}
              </Box>
            </li>
          ))}
        </ul>
      </Container>
    </SpaceBetween>
  );
}

function Certificate({ id }: { readonly id: string }) {
  return (
    <Box>
      <Link to="/certificates/$id" params={{ id }}>
        The offboarding certificate
      </Link>
    </Box>
  );
}

function nameOf({ state: { attributes: { givenName, familyName } = {} } }: Identity): string {
  return [givenName, familyName].filter(Boolean).join(' ');
}

function isClosed({ account, closedAt }: Account): boolean {
  return account === undefined || closedAt !== undefined || (!account.enabled && account.grants.length === 0);
}

function SystemState({ account }: { readonly account: Account }) {
  if (isClosed(account)) return <Status of="done" text={account.account === undefined ? 'no account' : 'closed'} />;
  const { enabled = true, grants = [] } = account.account ?? {};
  if (enabled) return <Status of="open" text="usable" />;
  return <Status of="running" text={`locked, ${grants.length} ${grants.length === 1 ? 'grant' : 'grants'} left`} />;
}

function Step({ done, at, text }: { readonly done: boolean; readonly at?: string | undefined; readonly text: string }) {
  return (
    <li>
      <Status of={done ? 'done' : 'running'} text={text} /> {at !== undefined && <Moment at={at} />}
    </li>
  );
}
