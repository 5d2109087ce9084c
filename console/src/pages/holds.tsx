// What waits until somebody agrees.
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useList } from '../api/queries.ts';
import { Choose } from '../parts/choose.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { Status } from '../parts/status.tsx';

const STATUSES = ['open', 'releasing', 'dropping', 'released', 'dropped'] as const;

export function HoldsPage() {
  const [status, setStatus] = useState<(typeof STATUSES)[number]>('open');
  const list = useList('GET /holds', { query: { status } });
  return (
    <Listing
      title="Holds"
      what="hold"
      description="Too many at once, merges, erasures, and what a changed access model would take: a person is asked first."
      list={list}
      keyOf={({ holdId }) => holdId}
      empty={`Nothing is ${status === 'open' ? 'held' : status}.`}
      filter={<Choose label="Status" among={STATUSES} chosen={status} choose={setStatus} />}
      columns={[
        {
          id: 'hold',
          header: 'Hold',
          cell: ({ holdId }) => (
            <Link to="/holds/$id" params={{ id: holdId }}>
              {holdId}
            </Link>
          ),
          isRowHeader: true,
        },
        {
          id: 'rule',
          header: 'Why',
          cell: ({ rule, applicationId }) => [rule, applicationId].filter(Boolean).join(' '),
        },
        { id: 'source', header: 'From', cell: ({ source }) => source },
        { id: 'count', header: 'Identities', cell: ({ count, threshold }) => `${count} (held from ${threshold} on)` },
        { id: 'opened', header: 'Since', cell: ({ openedAt }) => <Moment at={openedAt} relative /> },
        { id: 'status', header: 'Status', cell: ({ status: stands }) => <Status of={stands} /> },
      ]}
    />
  );
}
