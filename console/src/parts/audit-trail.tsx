// Audit entries, oldest first, as the API has them.
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import type { Schemas } from '../api/contract.ts';
import { useList } from '../api/queries.ts';
import { Listing, type ListingProps } from './listing.tsx';
import { Moment } from './moment.tsx';

type Entry = Omit<Schemas['AuditEntry'], 'identityId'>;

export function AuditTrail({ id }: { readonly id: string }) {
  const list = useList('GET /identities/{id}/audit', { path: { id } });
  return <Entries title="Audit trail" heading="h2" list={list} />;
}

export function Entries({ title, heading, list }: Pick<ListingProps<Entry>, 'title' | 'heading' | 'list'>) {
  return (
    <Listing
      title={title}
      what="entry"
      {...(heading && { heading })}
      list={list}
      keyOf={({ entryId }) => entryId}
      empty="No entry."
      columns={[
        { id: 'at', header: 'When', cell: ({ at }) => <Moment at={at} />, width: 180 },
        { id: 'what', header: 'What', cell: ({ event }) => event.type, isRowHeader: true },
        { id: 'who', header: 'Who', cell: ({ actor }) => `${actor.type} ${actor.id}` },
        {
          id: 'entry',
          header: 'Entry',
          cell: (entry) => (
            <ExpandableSection headerText={entry.entryId} headerAriaLabel={`Entry ${entry.entryId}`}>
              <code className="mono">{JSON.stringify(entry, null, 1)}</code>
            </ExpandableSection>
          ),
        },
      ]}
    />
  );
}
