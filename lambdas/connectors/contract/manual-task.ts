// What every connector of manual work is told about its tasks.
import * as z from 'zod';

export const manualTaskShape = {
  /** Who does it: an e-mail address, or one of the operators' roles. */
  assignee: z.string().trim().min(1).max(254),
  /** What it takes to do it, for whoever never did. */
  instructions: z.string().trim().min(1).max(4000),
  /** Hours until the task is overdue, up to 30 days. */
  dueHours: z.int().min(1).max(720).default(24),
  /** The same of a task that takes privileged access away, which is never due later than others. */
  privilegedRemovalHours: z.int().min(1).max(720).default(4),
};
