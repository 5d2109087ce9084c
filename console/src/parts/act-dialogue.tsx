// A button, and the dialogue that asks what has to be known before the act is carried out.
import Box from '@cloudscape-design/components/box';
import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';
import { Problem } from './problem.tsx';

export interface ActDialogueProps {
  readonly text: string;
  readonly variant?: ButtonProps.Variant | undefined;
  readonly title: string;
  /** What is asked, and what will follow. */
  readonly children: ReactNode;
  /** Whether all that is needed was said. @default true */
  readonly isReady?: boolean | undefined;
  readonly act: () => Promise<unknown>;
}

export function ActDialogue({ text, variant = 'normal', title, children, isReady = true, act }: ActDialogueProps) {
  const [isOpen, setOpen] = useState(false);
  const [isActing, setActing] = useState(false);
  const [error, setError] = useState<unknown>();
  const carryOut = async () => {
    setActing(true);
    setError(undefined);
    try {
      await act();
      setOpen(false);
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
              <Button variant="primary" loading={isActing} disabled={!isReady} onClick={() => void carryOut()}>
                {text}
              </Button>
            </SpaceBetween>
          </Box>
        }
      >
        <SpaceBetween size="m">
          {children}
          <Problem error={error} />
        </SpaceBetween>
      </Modal>
    </>
  );
}
