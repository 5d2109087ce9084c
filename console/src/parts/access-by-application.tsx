// Access by application, each entitlement with every reason that holds it up.
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Schemas } from '../api/contract.ts';
import { EntitlementLink } from './links.tsx';
import { WithMoments } from './moment.tsx';
import { Status } from './status.tsx';

type Entitlement = Schemas['Identity']['entitlements'][number];

export function AccessByApplication({ entitlements }: { readonly entitlements: readonly Entitlement[] }) {
  if (entitlements.length === 0) return <Box color="text-body-secondary">No access, and no reason for any.</Box>;
  const byApplication = Map.groupBy(entitlements, ({ entitlement }) => entitlement.split(':')[0] ?? '');
  return (
    <SpaceBetween size="m">
      {[...byApplication].map(([application, held]) => (
        <Container
          key={application}
          header={
            <Header variant="h3" counter={`(${held.length})`}>
              {application}
            </Header>
          }
        >
          <ul className="plain">
            {held.map((one) => (
              <li key={one.entitlement}>
                <EntitlementLink id={one.entitlement} name={one.name} />{' '}
                {one.privileged && <Badge color="red">privileged</Badge>}{' '}
                {one.inPlace ? <Status of="done" text="in place" /> : <Status of="pending" text="not in place" />}{' '}
                {!one.enabled && <Status of="suspended" text="not usable" />}
                <ul>
                  {one.reasons.map((reason) => (
                    <li key={`${reason.fact} ${reason.line}`}>
                      <WithMoments line={reason.line} />
                    </li>
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        </Container>
      ))}
    </SpaceBetween>
  );
}
