// An act that asks why first: a button, and a dialogue that says what will follow.
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Textarea from '@cloudscape-design/components/textarea';
import { type ReactNode, useState } from 'react';
import { ActDialogue, type ActDialogueProps } from './act-dialogue.tsx';

export interface ReasonedActProps extends Omit<ActDialogueProps, 'act'> {
  /** What else is asked, above the reason. */
  readonly fields?: ReactNode;
  /** What is asked for. @default "Why" */
  readonly label?: string;
  /** @default true */
  readonly required?: boolean;
  readonly maximum?: number;
  readonly act: (reason: string) => Promise<unknown>;
}

export function ReasonedAct({
  children,
  fields,
  label = 'Why',
  required = true,
  maximum = 500,
  isReady = true,
  act,
  ...dialogue
}: ReasonedActProps) {
  const [reason, setReason] = useState('');
  const isMissing = required && reason.trim() === '';
  const carryOut = async () => {
    await act(reason.trim());
    setReason('');
  };
  return (
    <ActDialogue {...dialogue} isReady={isReady && !isMissing} act={carryOut}>
      <Box variant="p">{children}</Box>
      {fields}
      <FormField label={required ? label : `${label} (optional)`} constraintText={`At most ${maximum} characters.`}>
        <Textarea
          value={reason}
          onChange={({ detail }) => setReason(detail.value.slice(0, maximum))}
          ariaRequired={required}
          rows={3}
        />
      </FormField>
    </ActDialogue>
  );
}
