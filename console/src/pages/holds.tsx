// What waits until somebody agrees.
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useList } from '../api/queries.ts';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { Status } from '../parts/status.tsx';

const STATUSES = ['open', 'releasing', 'dropping', 'released', 'dropped'] as const;

export function HoldsPage() {
  const [status, setStatus] = useState<(typeof STATUSES)[number]>('open');
  const list = useList('GET /holds', { query: { status } });
  const options: SelectProps.Option[] = STATUSES.map((value) => ({ value, label: value }));
  return (
    <Listing
      title="Holds"
      what="hold"
      description="Too many at once, merges, erasures, and what a changed access model would take: a person is asked first."
      list={list}
      keyOf={({ holdId }) => holdId}
      empty={`Nothing is ${status === 'open' ? 'held' : status}.`}
      filter={
        <Select
          ariaLabel="Status"
          selectedOption={options.find(({ value }) => value === status) ?? null}
          options={options}
          onChange={({ detail }) => setStatus(STATUSES.find((one) => one === detail.selectedOption.value) ?? 'open')}
        />
      }
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
