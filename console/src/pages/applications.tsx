// Every application: who owns it, who provisions it, what can be held there, and what is waiting to be done.
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import { Link, useSearch } from '@tanstack/react-router';
import { useAnswer } from '../api/queries.ts';
import { EntitlementLink, IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { Status } from '../parts/status.tsx';

export function ApplicationsPage() {
  const { id } = useSearch({ strict: false }) as { readonly id?: string };
  const { data, error, isPending } = useAnswer('GET /applications');
  const items = (data?.items ?? []).filter(({ applicationId }) => id === undefined || applicationId === id);
  return (
    <Listing
      title="Applications"
      what="application"
      description={data?.incomplete ? 'There are more tasks than were counted.' : undefined}
      list={{ items, error, isPending }}
      actions={id !== undefined && <Link to="/applications">All applications</Link>}
      keyOf={({ applicationId }) => applicationId}
      empty="The access model has no application."
      columns={[
        {
          id: 'application',
          header: 'Application',
          cell: ({ applicationId, name, retired }) => (
            <>
              {name} {retired && <Status of="departed" text="retired" />}
              <Box color="text-body-secondary" fontSize="body-s">
                {applicationId}
              </Box>
            </>
          ),
          isRowHeader: true,
        },
        {
          id: 'owner',
          header: 'Owner',
          cell: ({ owner: { identityId, status } }) => (
            <>
              <IdentityLink id={identityId} /> {status !== 'active' && <Status of={status} />}
            </>
          ),
        },
        {
          id: 'by',
          header: 'Provisioned by',
          cell: ({ provisionedBy, connector }) => (provisionedBy === 'people' ? 'people' : connector),
        },
        {
          id: 'entitlements',
          header: 'Entitlements',
          cell: ({ applicationId, name, entitlements }) => (
            <ExpandableSection
              headerText={`${entitlements.length}`}
              headerAriaLabel={`Entitlements of ${name}: ${entitlements.length}`}
            >
              <ul className="plain">
                {entitlements.map(({ id, name: title, privileged }) => (
                  <li key={id}>
                    <EntitlementLink id={`${applicationId}:${id}`} name={title} />{' '}
                    {privileged && <Badge color="red">privileged</Badge>}
                  </li>
                ))}
              </ul>
            </ExpandableSection>
          ),
        },
        {
          id: 'tasks',
          header: 'Open tasks',
          cell: ({ openTasks, overdueTasks }) => (
            <>
              {openTasks} {overdueTasks > 0 && <Status of="overdue" text={`${overdueTasks} overdue`} />}
            </>
          ),
        },
        {
          id: 'reconciled',
          header: 'Last reconciled',
          cell: ({ lastReconciledAt }) => <Moment at={lastReconciledAt} relative />,
        },
      ]}
    />
  );
}
