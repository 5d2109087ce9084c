// Somebody, found by a name, an address or an id, or by how it begins.
import type { Answer } from '../api/client.ts';
import { SearchInput } from './search-input.tsx';

interface IdentityInputProps {
  readonly value: string;
  readonly change: (value: string) => void;
}

export function IdentityInput(props: IdentityInputProps) {
  return (
    <SearchInput
      {...props}
      placeholder="a name, an address, or an id"
      nothing="Nobody is like it."
      optionsOf={peopleOf}
    />
  );
}

function peopleOf({ people }: Answer<'GET /search'>) {
  return people.items.map(({ identityId, displayName, title }) => ({
    value: identityId,
    label: identityId,
    description: [displayName, title].filter(Boolean).join(', '),
  }));
}
