// An act that asks why first: a button, and a dialogue that says what will follow.
import Box from '@cloudscape-design/components/box';
import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { type ReactNode, useState } from 'react';
import { Problem } from './problem.tsx';

export interface ReasonedActProps {
  readonly text: string;
  readonly variant?: ButtonProps.Variant;
  readonly title: string;
  /** What will follow. */
  readonly children: ReactNode;
  /** What is asked for. @default "Why" */
  readonly label?: string;
  /** @default true */
  readonly required?: boolean;
  readonly maximum?: number;
  readonly act: (reason: string) => Promise<unknown>;
}

export function ReasonedAct({
  text,
  variant = 'normal',
  title,
  children,
  label = 'Why',
  required = true,
  maximum = 500,
  act,
}: ReasonedActProps) {
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const [isActing, setActing] = useState(false);
  const [error, setError] = useState<unknown>();
  const isMissing = required && reason.trim() === '';
  const carryOut = async () => {
    setActing(true);
    setError(undefined);
    try {
      await act(reason.trim());
      setOpen(false);
      setReason('');
    } catch (caught) {
      setError(caught);
    } finally {
      setActing(false);
    }
  };
  return (
    <>
      <Button variant={variant} onClick={() => setOpen(true)}>
        {text}
      </Button>
      <Modal
        visible={isOpen}
        onDismiss={() => setOpen(false)}
        header={title}
        closeAriaLabel="Close"
        footer={
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={() => setOpen(false)}>
                Cancel
              </Button>
              <Button variant="primary" loading={isActing} disabled={isMissing} onClick={() => void carryOut()}>
                {text}
              </Button>
            </SpaceBetween>
          </Box>
        }
      >
        <SpaceBetween size="m">
          <Box variant="p">{children}</Box>
          <FormField label={required ? label : `${label} (optional)`} constraintText={`At most ${maximum} characters.`}>
            <Textarea
              value={reason}
              onChange={({ detail }) => setReason(detail.value.slice(0, maximum))}
              ariaRequired={required}
              rows={3}
            />
          </FormField>
          <Problem error={error} />
        </SpaceBetween>
      </Modal>
    </>
  );
}
