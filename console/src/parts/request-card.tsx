// One request: what, for whom, why, and what the reader can do about it.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '../api/contract.ts';
import { useAct } from '../api/queries.ts';
import { useSession } from '../session-context.ts';
import { EntitlementLink, IdentityLink } from './links.tsx';
import { Moment } from './moment.tsx';
import { ReasonedAct } from './reasoned-act.tsx';
import { Status } from './status.tsx';

type Request = Schemas['AccessRequestState'];

export function RequestCard({
  request,
  heading = 'h3',
}: {
  readonly request: Request;
  readonly heading?: 'h1' | 'h3';
}) {
  const { requestId, identityId, entitlement, requestedBy, reason, startsAt, endsAt, expiresAt, status } = request;
  const shown = (
    <Link to="/requests/$id" params={{ id: requestId }}>
      {entitlement}
    </Link>
  );
  return (
    <Container
      header={
        <Header variant={heading === 'h1' ? 'h1' : 'h3'} actions={<Acts request={request} />}>
          {heading === 'h1' ? entitlement : shown} for {identityId}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Box variant="p">“{reason}”</Box>
        {request.duties?.map(({ rule, name, severity, outcome }) => (
          <Alert key={rule} type={outcome === 'prevented' ? 'error' : 'warning'} statusIconAriaLabel="Warning">
            It would bring two sides of “{name}” together ({severity}):{' '}
            {outcome === 'prevented' ? 'it cannot be approved.' : `it would be ${outcome}.`}
          </Alert>
        ))}
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'For', value: <IdentityLink id={identityId} /> },
            { label: 'What', value: <EntitlementLink id={entitlement} /> },
            { label: 'Asked by', value: <IdentityLink id={requestedBy} /> },
            { label: 'Status', value: <Status of={status} /> },
            { label: 'From', value: startsAt === undefined ? 'at once' : <Moment at={startsAt} /> },
            { label: 'Until', value: endsAt === undefined ? 'the employment ends' : <Moment at={endsAt} /> },
            ...(status === 'open' ? [{ label: 'Decide before', value: <Moment at={expiresAt} relative /> }] : []),
          ]}
        />
        <Box color="text-body-secondary">{request.whatNext}</Box>
      </SpaceBetween>
    </Container>
  );
}

function Acts({ request }: { readonly request: Request }) {
  const { identityId: own, roles } = useSession();
  const decide = useAct('POST /requests/{id}/decisions');
  const withdraw = useAct('DELETE /requests/{id}');
  const { requestId, status, canDecide = [], securityCanDecide = false, entitlement, identityId } = request;
  const path = { id: requestId };
  const mayDecide =
    status === 'open' &&
    own !== undefined &&
    own !== identityId &&
    (canDecide.includes(own) || (securityCanDecide && roles.includes('security')));
  const mayWithdraw =
    (status === 'open' && own === request.requestedBy) ||
    (status === 'approved' && (own === request.requestedBy || own === identityId || roles.includes('security')));
  if (!mayDecide && !mayWithdraw) return null;
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {mayDecide && (
        <>
          <ReasonedAct
            text="Reject"
            title={`Reject ${entitlement} for ${identityId}`}
            act={(reason) => decide.mutateAsync({ path, body: { decision: 'reject', reason } })}
          >
            Whoever asked is told, with what you write here.
          </ReasonedAct>
          <ReasonedAct
            text="Approve"
            variant="primary"
            title={`Approve ${entitlement} for ${identityId}`}
            required={false}
            act={(reason) => decide.mutateAsync({ path, body: { decision: 'approve', ...(reason && { reason }) } })}
          >
            With the last approval the access is given, and it ends with its reason.
          </ReasonedAct>
        </>
      )}
      {mayWithdraw && (
        <ReasonedAct
          text={status === 'open' ? 'Withdraw' : 'End the access'}
          title={`${status === 'open' ? 'Withdraw the request for' : 'End'} ${entitlement}`}
          required={false}
          act={() => withdraw.mutateAsync({ path })}
        >
          {status === 'open' ? 'Nobody will decide on it any more.' : 'What this request gave ends now.'}
        </ReasonedAct>
      )}
    </SpaceBetween>
  );
}
