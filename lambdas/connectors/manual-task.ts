// What every connector of manual work is told about its tasks.
import { z } from 'zod';

export const manualTaskShape = {
  /** Who does it: an e-mail address, or one of the operators' roles. */
  assignee: z.string().trim().min(1).max(254),
  instructions: z.string().trim().min(1).max(4000),
  /** Hours until the task is overdue, up to 30 days. */
  dueHours: z.int().min(1).max(720).default(24),
};

/** https, or http to this very machine (local runs): credentials must not travel in the clear. */
export function isAcceptableUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return false;
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback);
}

export const baseUrlSchema = z
  .url()
  .max(2000)
  .refine(isAcceptableUrl, {
    error: 'expected https:// (http:// on loopback only), without credentials, query or fragment',
  })
  .transform((url) => url.replace(/\/+$/, ''));
