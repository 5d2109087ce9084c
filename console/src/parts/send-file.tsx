// A button that takes a file, and says what became of it.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { useRef, useState } from 'react';
import { Problem } from './problem.tsx';

export interface SendFileProps {
  readonly text: string;
  /** What it is a file of, for who does not see where the button stands. */
  readonly ariaLabel: string;
  /** Media types by the endings of names; any other file is refused here. */
  readonly types: Readonly<Record<string, string>>;
  readonly maximumBytes: number;
  /** @returns what to say of it */
  readonly send: (file: File) => Promise<string>;
}

export function SendFile({ text, ariaLabel, types, maximumBytes, send }: SendFileProps) {
  const input = useRef<HTMLInputElement>(null);
  const [isSending, setSending] = useState(false);
  const [told, setTold] = useState('');
  const [error, setError] = useState<unknown>();
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    setError(undefined);
    setTold('');
    setSending(true);
    try {
      setTold(await send(typed(file, types, maximumBytes)));
    } catch (caught) {
      setError(caught);
    } finally {
      setSending(false);
      // The same file once more is another choice.
      if (input.current !== null) input.current.value = '';
    }
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={ariaLabel}
        accept={Object.keys(types)
          .map((ending) => `.${ending}`)
          .join(',')}
        onChange={({ target }) => void take(target.files?.[0])}
      />
      <Button ariaLabel={ariaLabel} loading={isSending} onClick={() => input.current?.click()}>
        {text}
      </Button>
      <div role="status">{told !== '' && <Box color="text-status-success">{told}</Box>}</div>
      <Problem error={error} />
    </>
  );
}

/** Throws what to say to whoever chose it. */
function typed(file: File, types: Readonly<Record<string, string>>, maximumBytes: number): File {
  const ending = file.name.split('.').at(-1)?.toLowerCase() ?? '';
  const type = Object.hasOwn(types, ending) ? types[ending] : undefined;
  if (type === undefined) throw new Error(`Expected a file that ends in ${Object.keys(types).join(', ')}.`);
  if (file.size === 0) throw new Error('The file is empty.');
  if (file.size > maximumBytes) throw new Error(`The file has ${file.size} bytes: expected at most ${maximumBytes}.`);
  return new File([file], file.name, { type, lastModified: file.lastModified });
}
