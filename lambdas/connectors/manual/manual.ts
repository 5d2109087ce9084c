// Systems without an API (a badge reader, a paper safe): each difference is a task that a person does and attests.
import * as z from 'zod';
import type { ManualConnector } from '../contract/connector.ts';
import { manualTaskShape } from '../contract/manual-task.ts';

const settingsSchema = z.strictObject(manualTaskShape);

export type ManualSettings = z.infer<typeof settingsSchema>;

export const manual: ManualConnector<ManualSettings> = {
  kind: 'manual',
  type: 'manual',
  title: 'Any system without an API: a task with instructions, an assignee and a due time',
  testedAgainst: 'needs no system',
  settings: settingsSchema,
  describeTask: (settings) => settings,
};
