// The systems whose activity is judged, as settings name them: each is checked by the schema of its type, so that what is
// wrong is named before anything is deployed.
import * as z from 'zod';
import type { ActivitySource } from '../lambdas/activity-sources/activity-source.ts';
import { ACTIVITY_SOURCES, activitySourceOf } from '../lambdas/activity-sources/registry.ts';
import { hrSourceIdSchema } from '../lambdas/core/hr/hr-event.ts';
import { secretReferenceSchema } from '../lambdas/core/secret-reference.ts';
import { issuesOf } from './access-model/schema-issues.ts';

export interface ActivitySourceSettings {
  /** The last part of the path it posts to, and the first of the files it puts. */
  readonly id: string;
  /** Its file under lambdas/activity-sources/. */
  readonly type: string;
  /** As its type takes them. @default none */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The ARN or the name of a secret that is there already. @default one of the deployment's own, where its type takes one */
  readonly secret?: string | undefined;
}

const writtenSchema = z.strictObject({
  id: hrSourceIdSchema,
  type: z.string(),
  settings: z.record(z.string(), z.unknown()).default({}),
  secret: secretReferenceSchema.optional(),
});

/** For the table of settings: what the check below takes. */
const DESCRIPTION = { type: 'object', properties: { id: {}, type: {}, settings: {}, secret: {} } } as const;

const activitySourceSchema = z
  .unknown()
  .meta(DESCRIPTION)
  .transform((written, context): ActivitySourceSettings => {
    for (const { path, message } of issuesOf(writtenSchema, written)) {
      context.issues.push({ code: 'custom', message, path: [...path], input: written });
    }
    const parsed = writtenSchema.safeParse(written);
    if (!parsed.success) return z.NEVER;
    const type = activitySourceOf(parsed.data.type);
    if (type === undefined) {
      const message = `expected one of ${ACTIVITY_SOURCES.map((one) => one.type).join(', ')}`;
      context.issues.push({ code: 'custom', message, path: ['type'], input: written });
      return z.NEVER;
    }
    for (const { path, message } of issuesOf(type.settings, parsed.data.settings)) {
      context.issues.push({ code: 'custom', message, path: ['settings', ...path], input: written });
    }
    return parsed.data;
  });

/** Each that is polled has a function. */
const MAXIMUM_SOURCES = 20;

export const activitySourcesSchema = z
  .array(activitySourceSchema)
  .max(MAXIMUM_SOURCES)
  .refine((sources) => new Set(sources.map(({ id }) => id)).size === sources.length, 'expected each source once');

/** Whether its system is asked for what was done in it. */
export function isFetched(source: ActivitySourceSettings): boolean {
  const type = typeOf(source);
  return type.connect !== undefined && type.isFetched?.(type.settings.parse(source.settings)) === true;
}

/** Of its type; the settings were checked to have one. */
export function typeOf({ type }: Pick<ActivitySourceSettings, 'type'>): ActivitySource {
  const found = activitySourceOf(type);
  if (found === undefined) throw new Error(`there is no activity source of the type ${type}`);
  return found;
}
