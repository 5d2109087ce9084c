// Whose reasons hold up two sides of a rule at once.
import { useList } from '../api/queries.ts';
import { IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { Status } from '../parts/status.tsx';

export function DutiesPage() {
  const list = useList('GET /duties/violations');
  return (
    <Listing
      title="Duties held together"
      what="violation"
      description="Segregation of duties: what nobody may hold together, and who does or would."
      list={list}
      keyOf={({ identityId, rule }) => `${identityId} ${rule}`}
      empty="Nobody holds two sides of a rule."
      columns={[
        { id: 'who', header: 'Who', cell: ({ identityId }) => <IdentityLink id={identityId} />, isRowHeader: true },
        { id: 'rule', header: 'Rule', cell: ({ rule }) => rule },
        { id: 'severity', header: 'Severity', cell: ({ severity }) => severity },
        { id: 'outcome', header: 'Outcome', cell: ({ outcome }) => <Status of={outcome} /> },
        { id: 'held', header: 'Held', cell: ({ held }) => held.join(', ') || '–' },
        { id: 'refused', header: 'Refused', cell: ({ refused }) => refused.join(', ') || '–' },
        { id: 'since', header: 'Since', cell: ({ since }) => <Moment at={since} /> },
        {
          id: 'exception',
          header: 'Exception',
          cell: ({ exception }) =>
            exception === undefined ? (
              '–'
            ) : (
              <>
                {exception.owner}, until <Moment at={exception.until} />
              </>
            ),
        },
      ]}
    />
  );
}
