// An entitlement that may be asked for, found by its name or by how it begins.
import type { Answer } from '../api/client.ts';
import { SearchInput } from './search-input.tsx';

interface EntitlementInputProps {
  readonly value: string;
  readonly change: (value: string) => void;
}

export function EntitlementInput(props: EntitlementInputProps) {
  return (
    <SearchInput
      {...props}
      placeholder="application:entitlement, or its name"
      nothing="Nothing that may be asked for is like it."
      optionsOf={requestableOf}
    />
  );
}

function requestableOf({ entitlements }: Answer<'GET /search'>) {
  const requestable = entitlements.items.filter((one) => one.requestable);
  return requestable.map(({ entitlement, name, applicationName, privileged }) => ({
    value: entitlement,
    label: entitlement,
    description: `${name}, ${applicationName}`,
    ...(privileged && { labelTag: 'privileged' }),
  }));
}
