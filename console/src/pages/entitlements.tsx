// Who can reach what, now or on any day.
import Button from '@cloudscape-design/components/button';
import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useList } from '../api/queries.ts';
import { IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { WithMoments } from '../parts/moment.tsx';
import { Status } from '../parts/status.tsx';

export function EntitlementsPage() {
  const { id = '', at } = useSearch({ strict: false }) as { readonly id?: string; readonly at?: string };
  const navigate = useNavigate();
  const [entitlement, setEntitlement] = useState(id);
  const [date, setDate] = useState(at?.slice(0, 10) ?? '');
  const ask = (event: FormEvent) => {
    event.preventDefault();
    const search = { id: entitlement.trim(), ...(date !== '' && { at: new Date(`${date}T12:00:00`).toISOString() }) };
    void navigate({ to: '/entitlements', search });
  };
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Whoever should hold an entitlement, with every reason why.">
        Who can reach what
      </Header>
      <form onSubmit={ask}>
        <SpaceBetween direction="horizontal" size="m" alignItems="end">
          <FormField label="Entitlement">
            <Input
              value={entitlement}
              onChange={({ detail }) => setEntitlement(detail.value)}
              placeholder="application:entitlement"
            />
          </FormField>
          <FormField label="On that day (optional)">
            <DatePicker
              value={date}
              onChange={({ detail }) => setDate(detail.value)}
              placeholder="YYYY/MM/DD"
              openCalendarAriaLabel={(selected) => `Choose a date${selected ? `, chosen is ${selected}` : ''}`}
            />
          </FormField>
          <Button formAction="submit" variant="primary">
            Show
          </Button>
        </SpaceBetween>
      </form>
      {id !== '' && <Holders key={`${id} ${at}`} id={id} at={at} />}
    </SpaceBetween>
  );
}

function Holders({ id, at }: { readonly id: string; readonly at: string | undefined }) {
  const asked = { path: { id }, query: { ...(at !== undefined && { at }) } };
  const list = useList('GET /entitlements/{id}/holders', asked);
  return (
    <Listing
      title={id}
      what="holder"
      heading="h2"
      list={list}
      keyOf={({ identityId }) => identityId}
      empty="Nobody holds it."
      columns={[
        {
          id: 'who',
          header: 'Who',
          cell: ({ identityId, displayName }) => <IdentityLink id={identityId} name={displayName} />,
          isRowHeader: true,
        },
        { id: 'status', header: 'Status', cell: ({ status }) => <Status of={status} /> },
        {
          id: 'place',
          header: 'In the system',
          cell: ({ inPlace }) =>
            inPlace ? <Status of="done" text="in place" /> : <Status of="pending" text="not yet" />,
        },
        {
          id: 'why',
          header: 'Why',
          cell: ({ reasons }) =>
            reasons.map(({ line }) => (
              <div key={line}>
                <WithMoments line={line} />
              </div>
            )),
        },
      ]}
    />
  );
}
