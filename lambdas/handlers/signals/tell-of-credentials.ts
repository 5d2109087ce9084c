// When a credential was revoked in some system, receivers of signals are told. The stream of the audit table says so: what is in
// there has happened.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { serveTask } from '../../middleware/serve-task.ts';
import { unpacked } from '../../stores/packed-items.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { liveTelling, type TellDependencies, tellReceivers } from './tell-receivers.ts';

const CREDENTIAL_KINDS = [
  'password',
  'access-key',
  'token',
  'ssh-key',
  'certificate',
  'mfa-device',
  'shared-secret',
] as const;

const recordSchema = z.looseObject({
  eventName: z.string(),
  dynamodb: z.looseObject({
    SequenceNumber: z.string().min(1),
    NewImage: z
      .record(
        z.string(),
        z.custom<AttributeValue>((value) => typeof value === 'object'),
      )
      .optional(),
  }),
});
const eventSchema = z.looseObject({ Records: z.array(recordSchema).max(10_000) });
type StreamRecord = z.infer<typeof recordSchema>;

const revokedSchema = z.looseObject({
  identityId: z.string().min(1),
  entryId: z.string().min(1),
  at: z.iso.datetime(),
  version: z.int().default(0),
  event: z.looseObject({
    type: z.literal('access-changed'),
    step: z.looseObject({ action: z.literal('revoke-credential'), kind: z.enum(CREDENTIAL_KINDS).optional() }),
  }),
});

export type CredentialDependencies = TellDependencies & Pick<Dependencies, 'directory'>;

export const tellOfCredentials =
  (dependencies: CredentialDependencies) =>
  async ({ Records }: z.infer<typeof eventSchema>) => {
    for (const record of Records) {
      try {
        await tellOf(dependencies, record);
      } catch {
        // Lambda goes on from this one, with all that came after it.
        return { batchItemFailures: [{ itemIdentifier: record.dynamodb.SequenceNumber }] };
      }
    }
    return { batchItemFailures: [] };
  };

async function tellOf(dependencies: CredentialDependencies, { eventName, dynamodb }: StreamRecord): Promise<void> {
  if (eventName !== 'INSERT' || dynamodb.NewImage === undefined) return;
  const entry = revokedSchema.safeParse(unpacked(unmarshall(dynamodb.NewImage)));
  // Any other entry: the filter of the stream is coarser than this.
  if (!entry.success) return;
  const { identityId, entryId, at, version, event } = entry.data;
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) return;
  const told = { event: 'credential-change', atMs: Date.parse(at), credential: event.step.kind } as const;
  await tellReceivers(dependencies, loaded, [told], { cause: entryId, version });
}

let live: ReturnType<typeof tellOfCredentials> | undefined;

export const handler = serveTask('tell-of-credentials', eventSchema, (input) => {
  live ??= tellOfCredentials({ ...liveDependencies(), ...liveTelling() });
  return live(input);
});
