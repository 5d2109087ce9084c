// What a person is asked to do in a system that has no API, and who attested that it is done.
import type { Step } from './difference.ts';

export interface TaskRecord {
  readonly taskId: string;
  readonly identityId: string;
  readonly applicationId: string;
  readonly status: 'open' | 'done' | 'superseded';
  readonly steps: readonly Step[];
  readonly assignee: string;
  readonly instructions: string;
  readonly openedMs: number;
  readonly dueMs: number;
  readonly attestedBy?: string | undefined;
  readonly attestedMs?: number | undefined;
  readonly evidence?: string | undefined;
}
