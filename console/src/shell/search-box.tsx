// One box for people, applications, entitlements and requests (APG: combobox with a list that pops up). `/` goes to it.
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { Answer } from '../api/client.ts';
import { useAnswer } from '../api/queries.ts';
import { useMay, useSession } from '../session-context.ts';
import { isTyping } from './typing.ts';

type Found = Answer<'GET /search'>;

interface Hit {
  readonly key: string;
  readonly text: string;
  readonly beside: string;
  readonly to: string;
}

interface Group {
  readonly name: string;
  readonly hits: readonly Hit[];
  readonly more: boolean;
}

const LEAST = 2;
const MOST = 100;
/** Whoever types on is not asked for in between. */
const PAUSE_MS = 200;

export function SearchBox() {
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const listId = useId();
  const asked = usePaused(text.trim());
  const isAsked = asked.length >= LEAST;
  const { data, error, isFetching } = useAnswer('GET /search', { query: { q: asked } }, { enabled: isAsked });
  const groups = useGroups(isAsked ? data : undefined);
  const hits = groups.flatMap((group) => group.hits);
  useSlashKey(input);
  // What is highlighted belongs to what was found before.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows what was asked
  useEffect(() => setActive(-1), [asked]);
  const isShown = isOpen && text.trim().length >= LEAST;
  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const go = (hit: Hit | undefined) => {
    if (hit === undefined) return;
    setText('');
    close();
    input.current?.blur();
    void navigate({ to: hit.to });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    go(hits[Math.max(active, 0)]);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0 || hits.length === 0) return;
    event.preventDefault();
    setOpen(true);
    setActive((active + step + hits.length) % hits.length);
  };
  return (
    <search className="go">
      <form onSubmit={submit}>
        <input
          ref={input}
          type="search"
          role="combobox"
          aria-label="Search people, applications, entitlements and requests"
          aria-expanded={isShown}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={active >= 0 ? `${listId}-${active}` : undefined}
          aria-keyshortcuts="/"
          placeholder="Search: a name, an id, an application"
          autoComplete="off"
          spellCheck={false}
          maxLength={MOST}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            setOpen(true);
          }}
          onFocus={() => setOpen(true)}
          onBlur={close}
          onKeyDown={press}
        />
        <span className="key" aria-hidden="true">
          /
        </span>
      </form>
      <span className="for-readers" role="status">
        {isShown && asked === text.trim() && !isFetching ? toldOf(hits.length, error) : ''}
      </span>
      <div id={listId} role="listbox" aria-label="Found" className="found" hidden={!isShown}>
        {isShown && (
          <Hits groups={groups} listId={listId} active={active} go={go}>
            {error !== null ? error.message : isFetching || asked !== text.trim() ? 'Searching' : 'Nothing is like it.'}
          </Hits>
        )}
      </div>
    </search>
  );
}

interface HitsProps {
  readonly groups: readonly Group[];
  readonly listId: string;
  readonly active: number;
  readonly go: (hit: Hit) => void;
  /** Where there are none. */
  readonly children: string;
}

function Hits({ groups, listId, active, go, children }: HitsProps) {
  let at = -1;
  if (groups.length === 0) return <NoHit>{children}</NoHit>;
  return groups.map(({ name, hits, more }) => (
    // biome-ignore lint/a11y/useSemanticElements: a group of options has no element
    <div key={name} role="group" aria-label={name}>
      <div className="group" aria-hidden="true">
        {name}
        {more && <span> there are more: type on</span>}
      </div>
      {hits.map((hit) => {
        at += 1;
        return (
          <div
            key={hit.key}
            id={`${listId}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === active}
            className="hit"
            onMouseDown={(event) => {
              // Before the box loses the focus, and with it the list.
              event.preventDefault();
              go(hit);
            }}
          >
            {hit.text} <span className="beside">{hit.beside}</span>
          </div>
        );
      })}
    </div>
  ));
}

/** What a list of options has to have even where it has none. */
function NoHit({ children }: { readonly children: string }) {
  return (
    <div role="option" tabIndex={-1} aria-selected={false} aria-disabled="true" className="group">
      {children}
    </div>
  );
}

function useGroups(found: Found | undefined): readonly Group[] {
  const { roles } = useSession();
  const mayListHolders = useMay('GET /entitlements/{id}/holders');
  const mayListApplications = useMay('GET /applications');
  if (found === undefined) return [];
  const isEmployee = roles.every((role) => role === 'employee');
  const { people, applications, entitlements, requests } = found;
  const path = (id: string) => encodeURIComponent(id);
  const groups: readonly Group[] = [
    {
      name: 'People',
      more: people.more === true,
      hits: people.items.map(({ identityId, displayName = identityId, title, department, status }) => ({
        key: identityId,
        text: displayName,
        beside: [displayName === identityId ? '' : identityId, title, department, status === 'active' ? '' : status]
          .filter(Boolean)
          .join(' · '),
        to: `/people/${path(identityId)}`,
      })),
    },
    {
      name: 'Entitlements',
      more: entitlements.more === true,
      hits: entitlements.items.map(({ entitlement, name, applicationName, privileged, requestable }) => ({
        key: entitlement,
        text: name,
        beside: [entitlement, applicationName, privileged && 'privileged', requestable && 'may be asked for']
          .filter(Boolean)
          .join(' · '),
        to:
          mayListHolders && !isEmployee
            ? `/entitlements?id=${path(entitlement)}`
            : `/requests/new?what=${path(entitlement)}`,
      })),
    },
    {
      name: 'Applications',
      more: applications.more === true,
      hits: applications.items.flatMap(({ applicationId, name }) =>
        mayListApplications
          ? { key: applicationId, text: name, beside: applicationId, to: `/applications?id=${path(applicationId)}` }
          : [],
      ),
    },
    {
      name: 'Requests',
      more: requests.more === true,
      hits: requests.items.map(({ requestId, identityId, entitlement, status }) => ({
        key: requestId,
        text: `${entitlement} for ${identityId}`,
        beside: status,
        to: `/requests/${path(requestId)}`,
      })),
    },
  ];
  return groups.filter(({ hits }) => hits.length > 0);
}

function toldOf(hits: number, error: Error | null): string {
  if (error !== null) return 'The search failed.';
  return hits === 1 ? 'One is found.' : `${hits === 0 ? 'None' : hits} are found.`;
}

/** What was typed, once nothing was typed for a moment. */
function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setPaused(text), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  return paused;
}

function useSlashKey(input: { readonly current: HTMLInputElement | null }): void {
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [input]);
}
