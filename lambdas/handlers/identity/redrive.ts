// Takes messages back from the dead-letter queue. Whatever a message was to set off follows from its identity's facts,
// so it is enough to name the identity to the sweep, which brings it home within a minute or so.
import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { auditKeyOf, DEPLOYMENT } from '../../core/audit/subject.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { toIso } from '../../core/moment.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';

/** Of one transaction, each naming one identity. The queue brings ten. */
const MAXIMUM_MESSAGES = 50;

const eventSchema = z.looseObject({ Records: z.array(z.custom<Pick<SQSRecord, 'body'>>()).max(MAXIMUM_MESSAGES) });

/** An event of the bus, an input of take-effect. A record of the stream names nobody: its identity is due anyway. */
const messageSchema = z.union([
  z
    .looseObject({ detail: z.looseObject({ identityId: identityIdSchema }) })
    .transform(({ detail }) => detail.identityId),
  z.looseObject({ identityId: identityIdSchema }).transform(({ identityId }) => identityId),
]);

export const redrive =
  ({ directory, clock, newId }: Pick<Dependencies, 'directory' | 'clock' | 'newId'>) =>
  async ({ Records }: z.infer<typeof eventSchema>): Promise<{ readonly identities: number }> => {
    const named = new Set(Records.flatMap(({ body }) => identityIn(body)));
    const nowMs = clock();
    const entry: AuditEntry = {
      identityId: auditKeyOf(DEPLOYMENT),
      entryId: `redriven:${newId()}`,
      at: toIso(nowMs),
      actor: { type: 'tenure', id: 'redrive' },
      event: { type: 'redriven', messages: Records.length, identities: named.size },
    };
    await directory.saveNextChecks([...named], nowMs, [entry]);
    return { identities: named.size };
  };

function identityIn(body: string): readonly string[] {
  try {
    const message = messageSchema.safeParse(JSON.parse(body));
    return message.success ? [message.data] : [];
  } catch {
    return [];
  }
}

let live: ReturnType<typeof redrive> | undefined;

export const handler = serveTask('redrive', eventSchema, (input) => {
  live ??= redrive(liveDependencies());
  return live(input);
});
