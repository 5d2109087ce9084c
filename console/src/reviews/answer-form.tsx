// Why, before an answer is given: one line, so that whoever works by keyboard does not leave it.
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Problem } from '../parts/problem.tsx';
import { REASON, ReasonField } from './reason-field.tsx';

export type Act = 'keep' | 'remove' | 'shorten' | 'ask' | 'undo' | 'delegate';

export interface Given {
  readonly reason: string;
  /** RFC 3339, of `shorten`. */
  readonly until?: string;
  /** An identity, of `delegate`. */
  readonly to?: string;
}

export interface AnswerFormProps {
  readonly act: Act;
  /** What it is about, for who does not see where it stands. */
  readonly about: string;
  /** The reason that was given last. */
  readonly before: string;
  readonly send: (given: Given) => Promise<unknown>;
  readonly close: () => void;
}

const TITLES: Readonly<Record<Act, string>> = {
  keep: 'Keep',
  remove: 'Remove',
  shorten: 'Shorten',
  ask: 'Ask',
  undo: 'Undo',
  delegate: 'Delegate',
};

export function AnswerForm({ act, about, before, send, close }: AnswerFormProps) {
  const id = useId();
  const first = useRef<HTMLInputElement>(null);
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const [to, setTo] = useState('');
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    first.current?.focus();
  }, []);
  const isComplete =
    reason.trim() !== '' && (act !== 'shorten' || until !== '') && (act !== 'delegate' || to.trim() !== '');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isComplete || isSending) return;
    setSending(true);
    setError(undefined);
    try {
      await send({
        reason: reason.trim(),
        ...(act === 'shorten' && { until: new Date(`${until}T23:59:59`).toISOString() }),
        ...(act === 'delegate' && { to: to.trim() }),
      });
    } catch (caught) {
      setError(caught);
      setSending(false);
    }
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
    if (event.key === 'ArrowUp' && event.target instanceof HTMLInputElement && event.target.name === REASON) {
      event.preventDefault();
      setReason(before);
    }
  };
  return (
    <form
      className="answer"
      aria-label={`${TITLES[act]} ${about}`}
      onSubmit={(event) => void submit(event)}
      onKeyDown={press}
    >
      {act === 'shorten' && (
        <label htmlFor={`${id}-until`}>
          Until the end of
          <input
            id={`${id}-until`}
            ref={first}
            type="date"
            required
            value={until}
            onChange={({ target }) => setUntil(target.value)}
          />
        </label>
      )}
      {act === 'delegate' && (
        <label htmlFor={`${id}-to`}>
          Who answers instead, by their id
          <input
            id={`${id}-to`}
            ref={first}
            required
            maxLength={48}
            value={to}
            onChange={({ target }) => setTo(target.value)}
          />
        </label>
      )}
      <ReasonField
        label={`Why ${TITLES[act].toLowerCase()}`}
        reason={reason}
        setReason={setReason}
        ref={act === 'shorten' || act === 'delegate' ? undefined : first}
      />
      <SpaceBetween direction="horizontal" size="xs">
        <Button formAction="submit" variant="primary" loading={isSending} disabled={!isComplete}>
          {TITLES[act]}
        </Button>
        <Button formAction="none" variant="link" onClick={close}>
          Cancel
        </Button>
      </SpaceBetween>
      <Problem error={error} />
    </form>
  );
}
