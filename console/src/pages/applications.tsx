// Every application: who owns it, who provisions it, what can be held there, and what is waiting to be done.
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link, useSearch } from '@tanstack/react-router';
import { useAct, useAnswer } from '../api/queries.ts';
import { EntitlementLink, IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { SendFile } from '../parts/send-file.tsx';
import { Status } from '../parts/status.tsx';
import { useMay } from '../session-context.ts';

/** What the API takes. */
const MAXIMUM_LIST_BYTES = 4_000_000;

export function ApplicationsPage() {
  const { id } = useSearch({ strict: false }) as { readonly id?: string };
  const { data, error, isPending } = useAnswer('GET /applications');
  const mayBring = useMay('POST /applications/{id}/accounts');
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
          id: 'list',
          header: 'Last list brought',
          cell: ({ applicationId, name, provisionedBy, lastList }) =>
            provisionedBy === 'people' ? (
              <SpaceBetween size="xs">
                {lastList === undefined ? (
                  'none'
                ) : (
                  <span>
                    of <Moment at={lastList.exportedAt} relative />, {lastList.accounts} accounts, by{' '}
                    {lastList.broughtBy}
                  </span>
                )}
                {mayBring && <BringList applicationId={applicationId} name={name} />}
              </SpaceBetween>
            ) : (
              '–'
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

/** A list of what is in a system that no connector reads. It counts as of when the file was last written. */
function BringList({ applicationId, name }: { readonly applicationId: string; readonly name: string }) {
  const bring = useAct('POST /applications/{id}/accounts');
  return (
    <SendFile
      text="Bring a list"
      ariaLabel={`Bring a list of the accounts in ${name}, as CSV`}
      types={{ csv: 'text/csv' }}
      maximumBytes={MAXIMUM_LIST_BYTES}
      send={async (file) => {
        const exportedAt = new Date(file.lastModified).toISOString();
        const { accounts, attestedTasks, reopened, counts } = await bring.mutateAsync({
          path: { id: applicationId },
          query: { exportedAt },
          file,
        });
        const found = `${counts.orphan} of nobody, ${counts.extra} too much, ${counts.missing} missing`;
        return `${accounts} accounts: ${attestedTasks} tasks attested, ${reopened} people asked about again; ${found}.`;
      }}
    />
  );
}
