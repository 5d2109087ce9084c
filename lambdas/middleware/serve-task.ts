// The one middy stack of functions that a state machine, a stream or a schedule calls: input parsed once, a log line
// with ids and no personal data, errors passed on under their literal names for Step Functions to match.
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type * as z from 'zod';
import { InvalidInputError } from '../core/errors.ts';

/** As much of an error as is read of it (handlers/shared/application-outcome.ts). */
const MAXIMUM_MESSAGE = 500;

const logger = new Logger({ serviceName: 'tenure' });

/** A Lambda handler that parses its input and logs how it ended. `name` is the file's stem. */
export function serveTask<Input, Output>(
  name: string,
  input: z.ZodType<Input>,
  run: (input: Input) => Promise<Output>,
) {
  return middy((event: unknown) => run(parse(name, input, event)))
    .before(() => logger.debug(`${name} begins`))
    .after(() => logger.info(`${name} done`))
    .onError(({ error }) => {
      logger.error(`${name} failed`, { error: { name: error?.name, message: error?.message, stack: error?.stack } });
      if (error !== null) shorten(error);
    });
}

/** A state machine carries the errors of many functions at once, each twice over, and has 256 KB for them all. */
function shorten(error: Error): void {
  error.message = error.message.slice(0, MAXIMUM_MESSAGE);
  error.stack = error.name;
}

function parse<Input>(name: string, schema: z.ZodType<Input>, event: unknown): Input {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => ({ pointer: `/${issue.path.join('/')}`, detail: issue.message }));
  throw new InvalidInputError(
    `${name}: input is malformed: ${faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')}`,
    faults,
  );
}
