// Each application: its last run, what was found in it, and what somebody decided.
import { Link } from '@tanstack/react-router';
import { useAnswer } from '../api/queries.ts';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { Status } from '../parts/status.tsx';

export function ReconciliationsPage() {
  const { data, error, isPending } = useAnswer('GET /reconciliations');
  return (
    <Listing
      title="Reconciliations"
      what="application"
      description="What is in the systems and has no reason, and what has a reason and is not there."
      list={{ items: data?.items ?? [], error, isPending }}
      keyOf={({ applicationId }) => applicationId}
      empty="No application can be listed."
      columns={[
        {
          id: 'application',
          header: 'Application',
          cell: ({ applicationId, applicationName }) => (
            <Link to="/reconciliations/$application" params={{ application: applicationId }}>
              {applicationName}
            </Link>
          ),
          isRowHeader: true,
        },
        { id: 'run', header: 'Last run', cell: ({ run }) => (run ? <Status of={run.status} /> : 'never') },
        { id: 'when', header: 'Finished', cell: ({ report }) => <Moment at={report?.finishedAt} relative /> },
        { id: 'accounts', header: 'Accounts', cell: ({ report }) => report?.accounts ?? '–' },
        {
          id: 'found',
          header: 'Found',
          cell: ({ report }) =>
            Object.entries(report?.counts ?? {})
              .filter(([, count]) => (count ?? 0) > 0)
              .map(([kind, count]) => `${count} ${kind}`)
              .join(', ') || (report ? 'nothing' : '–'),
        },
        { id: 'decision', header: 'Decision', cell: ({ decision }) => decision?.answer ?? 'none' },
      ]}
    />
  );
}
