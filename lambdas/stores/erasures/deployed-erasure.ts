// What the deployment tells the function that erases.
import * as z from 'zod';
import { fromEnvironment } from '../environment.ts';

const sourcesSchema = z.array(z.string());
const daysSchema = z.coerce.number().int().min(1);

export function deployedErasure(): { readonly sources: readonly string[]; readonly logRetentionDays: number } {
  return {
    sources: sourcesSchema.parse(JSON.parse(fromEnvironment('hrSources'))),
    logRetentionDays: daysSchema.parse(fromEnvironment('logRetentionDays')),
  };
}
