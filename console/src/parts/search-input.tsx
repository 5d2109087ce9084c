// A field that finds what is meant while one types, and takes an id as it is.
import Autosuggest, { type AutosuggestProps } from '@cloudscape-design/components/autosuggest';
import { useState } from 'react';
import type { Answer } from '../api/client.ts';
import { useAnswer } from '../api/queries.ts';
import { useMay } from '../session-context.ts';

interface SearchInputProps {
  readonly value: string;
  readonly change: (value: string) => void;
  readonly placeholder: string;
  /** What is said where nothing was found. */
  readonly nothing: string;
  readonly optionsOf: (found: Answer<'GET /search'>) => readonly AutosuggestProps.Option[];
}

/** Two characters or more are searched for. */
const LEAST = 2;
const MAXIMUM_LENGTH = 256;

export function SearchInput({ value, change, placeholder, nothing, optionsOf }: SearchInputProps) {
  const [typed, setTyped] = useState('');
  const isAsked = useMay('GET /search') && typed.trim().length >= LEAST;
  const { data, isFetching, error } = useAnswer(
    'GET /search',
    { query: { q: typed.trim(), atMost: 20 } },
    { enabled: isAsked },
  );
  return (
    <Autosuggest
      value={value}
      options={isAsked && data !== undefined ? optionsOf(data) : []}
      filteringType="manual"
      onLoadItems={({ detail }) => setTyped(detail.filteringText)}
      onChange={({ detail }) => change(detail.value.slice(0, MAXIMUM_LENGTH))}
      statusType={error !== null ? 'error' : isFetching ? 'loading' : 'finished'}
      loadingText="Searching"
      errorText={error?.message ?? ''}
      empty={isAsked ? nothing : 'Type two letters or more.'}
      enteredTextLabel={(text) => `Use "${text}"`}
      placeholder={placeholder}
      ariaRequired
    />
  );
}
