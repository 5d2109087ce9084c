// Why, in one line.
import { type RefObject, useId } from 'react';

export interface ReasonFieldProps {
  readonly label: string;
  readonly reason: string;
  readonly setReason: (reason: string) => void;
  readonly ref?: RefObject<HTMLInputElement | null> | undefined;
}

const MAXIMUM = 500;
/** Of the input, by which keys that are pressed in it are known. */
export const REASON = 'reason';

export function ReasonField({ label, reason, setReason, ref }: ReasonFieldProps) {
  const id = useId();
  return (
    <label htmlFor={id}>
      {label}
      <input
        id={id}
        ref={ref}
        name={REASON}
        required
        maxLength={MAXIMUM}
        autoComplete="off"
        value={reason}
        onChange={({ target }) => setReason(target.value)}
      />
    </label>
  );
}
