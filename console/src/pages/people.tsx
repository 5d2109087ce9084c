// Everybody whom the reader's roles reach.
import { useList } from '../api/queries.ts';
import { IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Status } from '../parts/status.tsx';

export function PeoplePage() {
  const list = useList('GET /identities');
  return (
    <Listing
      title="People"
      what="identity"
      description="Employees, contractors, partners, and the accounts that people own. A manager sees their own reports."
      list={list}
      keyOf={({ identityId }) => identityId}
      empty="There is nobody whom you may see."
      columns={[
        {
          id: 'who',
          header: 'Who',
          cell: ({ identityId, displayName }) => <IdentityLink id={identityId} name={displayName} />,
          isRowHeader: true,
        },
        { id: 'status', header: 'Status', cell: ({ status }) => <Status of={status} /> },
        { id: 'title', header: 'Title', cell: ({ title }) => title ?? '–' },
        { id: 'department', header: 'Department', cell: ({ department }) => department ?? '–' },
        { id: 'kind', header: 'Kind', cell: ({ kind }) => kind ?? '–' },
        {
          id: 'answers',
          header: 'Manager or owner',
          cell: ({ manager, owner }) => {
            const id = owner ?? manager;
            return id === undefined ? '–' : <IdentityLink id={id} />;
          },
        },
        {
          id: 'converged',
          header: 'Systems',
          cell: ({ converged, escalated }) => {
            if (escalated) return <Status of="failed" text="a person was told" />;
            return converged ? <Status of="done" text="agree" /> : <Status of="running" text="being worked on" />;
          },
        },
      ]}
    />
  );
}
