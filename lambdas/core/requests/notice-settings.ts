// When people are told of requests for access, and to where it is mailed or posted.
import * as z from 'zod';
import { secretReferenceSchema } from '../secret-reference.ts';

/** Secrets of Secrets Manager that hold incoming webhooks, by who reads what is posted there. */
export const chatSchema = z
  .strictObject({
    /** Holds the URL of a channel in which is posted all that waits for anybody's decision, without links that decide. */
    channel: secretReferenceSchema.optional(),
    /** Holds the URL of a channel in which is posted what waits for the role `security`, without links that decide. */
    security: secretReferenceSchema.optional(),
    /** Holds a JSON object: identity id → the URL of that person's own webhook, which nobody else reads. */
    direct: secretReferenceSchema.optional(),
  })
  .refine((chat) => Object.values(chat).some((secret) => secret !== undefined), 'expected channel, security or direct');
export type ChatSettings = z.infer<typeof chatSchema>;

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
  /** Where notices are posted in Slack, or what takes its incoming webhooks. @default nowhere */
  slack: chatSchema.optional(),
  /** Where notices are posted in Microsoft Teams, by the webhook of a workflow. @default nowhere */
  teams: chatSchema.optional(),
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

export const CHATS = ['slack', 'teams'] as const;
export type Chat = (typeof CHATS)[number];
/** How a notice goes out. */
export type Way = 'mail' | Chat;
export const WAYS: readonly Way[] = ['mail', ...CHATS];
