// One word and a colour for how something stands.
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

const TYPES: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  active: 'success',
  pending: 'pending',
  suspended: 'stopped',
  departed: 'stopped',
  unknown: 'info',
  open: 'pending',
  approved: 'success',
  rejected: 'error',
  withdrawn: 'stopped',
  expired: 'stopped',
  done: 'success',
  superseded: 'stopped',
  releasing: 'in-progress',
  dropping: 'in-progress',
  released: 'success',
  dropped: 'stopped',
  running: 'in-progress',
  finished: 'success',
  failed: 'error',
  justified: 'success',
  unjustified: 'error',
  overdue: 'warning',
  prevented: 'error',
  excepted: 'info',
  detected: 'warning',
  kept: 'success',
  removed: 'stopped',
  'not-answered': 'stopped',
  shortened: 'success',
  asked: 'info',
  settled: 'success',
  opening: 'in-progress',
  closing: 'in-progress',
  closed: 'success',
  quiet: 'info',
  answering: 'success',
  failing: 'warning',
  'waited-for': 'in-progress',
  paused: 'warning',
  down: 'error',
  acknowledged: 'in-progress',
  muted: 'stopped',
  meant: 'success',
  'not-meant': 'error',
};

export function Status({ of, text }: { readonly of: string; readonly text?: string }) {
  return (
    <StatusIndicator type={TYPES[of] ?? 'info'}>
      <span className="words">{text ?? of}</span>
    </StatusIndicator>
  );
}
