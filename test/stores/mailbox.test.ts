// Mailing, by SES as the emulator has it, and what is made of a mail that it did not take or did not answer for.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { identityOfTag } from '../../lambdas/core/identity/undelivered-mail.ts';
import { sesMailbox } from '../../lambdas/stores/mailbox.ts';
import { freePort } from '../support/free-port.ts';
import { type MiniStack, startMiniStack } from '../support/ministack.ts';

const MAIL = { from: 'tenure@example.com', to: 'ada@example.com', subject: 'A subject', text: 'Ä text\n' } as const;
let emulator: MiniStack;
let server: Server | undefined;

beforeAll(async () => {
  emulator = await startMiniStack();
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(() => {
  server?.close();
  server = undefined;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await emulator?.stop();
});

async function answering(status: number | 'nothing'): Promise<string> {
  server = createServer((request, response) => {
    request.resume();
    if (status === 'nothing') response.destroy();
    else response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"no"}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('reaches whom it is for, as it is, from an address that SES knows', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', emulator.url);
  expect(await sesMailbox(undefined)(MAIL)).toBe('refused');
  await new SESv2Client().send(new CreateEmailIdentityCommand({ EmailIdentity: 'example.com' }));
  expect(await sesMailbox(undefined)(MAIL)).toBe('sent');
  const answer = await fetch(`${emulator.url}/_ministack/ses/messages`);
  expect(JSON.stringify(await answer.json())).toContain('Ä text');
});

it.each([
  [400, 'refused'],
  [429, 'refused'],
  [500, 'unknown'],
  ['nothing', 'unknown'],
] as const)('that is answered with %s counts as %s, and is sent once', async (status, outcome) => {
  vi.stubEnv('AWS_ENDPOINT_URL', await answering(status));
  let requests = 0;
  server?.on('request', () => {
    requests += 1;
  });
  expect(await sesMailbox(undefined)(MAIL)).toBe(outcome);
  expect(requests).toBe(1);
});

it('says under which configuration set it goes, and to whom, so that SES says of one that comes back', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', await answering(200));
  const bodies: unknown[] = [];
  server?.on('request', async (request) => bodies.push(JSON.parse(await text(request))));
  expect(await sesMailbox('tenure-mails')({ ...MAIL, person: 'E1@x+=.y' })).toBe('sent');
  const [body] = bodies as [{ EmailTags: [{ Name: string; Value: string }] }];
  expect(body).toMatchObject({ ConfigurationSetName: 'tenure-mails', EmailTags: [{ Name: 'tenure-person' }] });
  // As SES takes a tag's value: Amazon SES API v2, MessageTag.
  const [{ Value }] = body.EmailTags;
  expect(Value).toMatch(/^[A-Za-z0-9_-]{1,256}$/);
  expect(identityOfTag(Value)).toBe('E1@x+=.y');
});

it('that nobody was there to take was not sent', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${await freePort()}`);
  expect(await sesMailbox(undefined)(MAIL)).toBe('refused');
});
