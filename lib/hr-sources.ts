// The HR sources in the deployment settings: a name alone, or `{ id, type, settings, secret }`. Settings are checked by
// the schema of the source's type, so that what is wrong is named before anything is deployed.
import * as z from 'zod';
import { hrSourceIdSchema } from '../lambdas/core/hr/hr-event.ts';
import { secretReferenceSchema } from '../lambdas/core/secret-reference.ts';
import { DEFAULT_TYPE, HR_SOURCES, hrSourceOf } from '../lambdas/hr-sources/registry.ts';
import { issuesOf } from './access-model/schema-issues.ts';

export interface HrSourceSettings {
  /** The last part of the path it posts to, and what its facts carry as their source. */
  readonly id: string;
  /** Its file under lambdas/hr-sources/. @default "cloud-events" */
  readonly type: string;
  /** As its type takes them. @default none */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The ARN or the name of a secret that is there already. @default one of the deployment's own */
  readonly secret?: string | undefined;
}

/** Each that reads people back has a queue, a function and its alarms. */
const MAXIMUM_FETCHING = 5;

const writtenSchema = z.strictObject({
  id: hrSourceIdSchema,
  type: z.string().default(DEFAULT_TYPE),
  settings: z.record(z.string(), z.unknown()).default({}),
  secret: secretReferenceSchema.optional(),
});

/** For the table of settings: what the two checks below take. */
const DESCRIPTION = {
  anyOf: [{ type: 'string' }, { type: 'object', properties: { id: {}, type: {}, settings: {}, secret: {} } }],
} as const;

const hrSourceSchema = z
  .unknown()
  .meta(DESCRIPTION)
  .transform((written, context): HrSourceSettings => {
    const isName = typeof written === 'string';
    const source = isName ? { id: written } : written;
    for (const { path, message } of issuesOf(writtenSchema, source)) {
      context.issues.push({ code: 'custom', message, path: isName ? [] : [...path], input: written });
    }
    const parsed = writtenSchema.safeParse(source);
    if (!parsed.success) return z.NEVER;
    const type = hrSourceOf(parsed.data.type);
    if (type === undefined) {
      const message = `expected one of ${HR_SOURCES.map((one) => one.type).join(', ')}`;
      context.issues.push({ code: 'custom', message, path: ['type'], input: written });
      return z.NEVER;
    }
    for (const { path, message } of issuesOf(type.settings, parsed.data.settings)) {
      context.issues.push({ code: 'custom', message, path: ['settings', ...path], input: written });
    }
    return parsed.data;
  });

export const hrSourcesSchema = z
  .array(hrSourceSchema)
  .min(1)
  .max(20)
  .refine((sources) => new Set(sources.map(({ id }) => id)).size === sources.length, 'expected each source once')
  .refine((sources) => sources.filter(readsBack).length <= MAXIMUM_FETCHING, {
    error: `expected at most ${MAXIMUM_FETCHING} sources that read people back`,
  });

/** Whether its HR system is asked about people. */
export function readsBack({ type }: Pick<HrSourceSettings, 'type'>): boolean {
  return hrSourceOf(type)?.connect !== undefined;
}
