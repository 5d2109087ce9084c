// An answer of another system is parsed against its description before it is used. The error names the place at which the
// answer differs, never the value found there, which may be personal data.
import type * as z from 'zod';
import { PermanentError } from '../core/errors.ts';

/**
 * How a connector parses what its system answers.
 *
 * @param system named in the error, e.g. `Okta`
 * @param description of the answers, as the error names it
 */
export function answerParser(system: string, description = 'the API') {
  return <Answer>(schema: z.ZodType<Answer>, value: unknown): Answer => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const where = result.error.issues[0]?.path.join('.') ?? '';
    throw new PermanentError(`${system}: the answer is not what ${description} describes, at "${where}"`);
  };
}
