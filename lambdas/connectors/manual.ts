// Systems without an API (a badge reader, a paper safe): each difference is a task that a person does and attests.
import { z } from 'zod';
import type { ManualConnector } from './connector.ts';

const settingsSchema = z.strictObject({
  /** Who does it: an e-mail address, or one of the operators' roles. */
  assignee: z.string().trim().min(1).max(254),
  instructions: z.string().trim().min(1).max(4000),
  /** Hours until the task is overdue, up to 30 days. */
  dueHours: z.int().min(1).max(720).default(24),
});

export type ManualSettings = z.infer<typeof settingsSchema>;

export const manual: ManualConnector<ManualSettings> = {
  kind: 'manual',
  type: 'manual',
  title: 'Any system without an API: a task with instructions, an assignee and a due time',
  testedAgainst: 'needs no system',
  settings: settingsSchema,
  describeTask: (settings) => settings,
};
