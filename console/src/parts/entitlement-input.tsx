// An entitlement that may be asked for, found by its name or by how it begins.
import Autosuggest from '@cloudscape-design/components/autosuggest';
import { useState } from 'react';
import { useAnswer } from '../api/queries.ts';
import { useMay } from '../session-context.ts';

interface EntitlementInputProps {
  readonly value: string;
  readonly change: (value: string) => void;
}

/** Two characters or more are searched for. */
const LEAST = 2;

export function EntitlementInput({ value, change }: EntitlementInputProps) {
  const [typed, setTyped] = useState('');
  const isAsked = useMay('GET /search') && typed.trim().length >= LEAST;
  const { data, isFetching, error } = useAnswer(
    'GET /search',
    { query: { q: typed.trim(), atMost: 20 } },
    { enabled: isAsked },
  );
  const found = (isAsked && data?.entitlements.items.filter(({ requestable }) => requestable)) || [];
  return (
    <Autosuggest
      value={value}
      options={found.map(({ entitlement, name, applicationName, privileged }) => ({
        value: entitlement,
        label: entitlement,
        description: `${name}, ${applicationName}`,
        ...(privileged && { labelTag: 'privileged' }),
      }))}
      filteringType="manual"
      onLoadItems={({ detail }) => setTyped(detail.filteringText)}
      onChange={({ detail }) => change(detail.value)}
      statusType={error !== null ? 'error' : isFetching ? 'loading' : 'finished'}
      loadingText="Searching"
      errorText={error?.message ?? ''}
      empty={isAsked ? 'Nothing that may be asked for is like it.' : 'Type two letters or more.'}
      enteredTextLabel={(text) => `Use "${text}"`}
      placeholder="application:entitlement, or its name"
      ariaRequired
    />
  );
}
