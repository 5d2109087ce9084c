// When people are told of requests for access, and to where it is mailed.
import * as z from 'zod';

export const noticeSettingsSchema = z.strictObject({
  /** From where notices are mailed: an address that SES has verified, itself or its domain. @default nothing is mailed */
  sender: z.email().max(254).optional(),
  /** Where links to decide by lead to, without a trailing slash: the API under a name of your own. @default the API's own */
  linkUrl: z
    .string()
    .max(200)
    .regex(/^https:\/\/[^\s/@?#]+(?:\/[^\s/@?#]+)*$/, 'expected an https:// URL without a trailing slash')
    .optional(),
  /** Where what waits for the role `security` is mailed to, without a link. @default nobody of that role is mailed */
  securityAddress: z.email().max(254).optional(),
  /** The hour of the day at which people get what is not urgent, where they work. */
  digestHour: z.int().min(0).max(23).default(8),
  /** When whoever is to decide is reminded, as shares of the time in which they can. */
  reminders: z.array(z.number().gt(0).lt(1)).max(5).default([0.5, 0.9]),
  /** So long before access for a time ends, its holder is told; of what lasts for less than twice as long, half way. */
  endingDays: z.int().min(1).max(30).default(3),
  /** What is to be decided or ends within it is mailed at once. */
  urgentHours: z.int().min(1).max(168).default(24),
});
export type NoticeSettings = z.infer<typeof noticeSettingsSchema>;
