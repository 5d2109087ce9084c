// What people are told by the topic of escalations of a local cloud.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import type { LocalCloud } from '../../local/local-cloud.ts';

/** Subscribes to the escalation topic, as a chat bot or a pager would. */
export async function listenToEscalations(cloud: LocalCloud): Promise<{ messages: readonly string[]; stop(): void }> {
  const messages: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end();
    const { SubscribeURL, Message } = JSON.parse(Buffer.concat(chunks).toString());
    if (SubscribeURL === undefined) messages.push(Message);
    else await fetch(new URL(new URL(SubscribeURL).search, cloud.outputs.aws.endpoint));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const parameters = {
    Action: 'Subscribe',
    Version: '2010-03-31',
    TopicArn: cloud.stacks.EscalationTopicArn,
    Protocol: 'http',
    Endpoint: `http://127.0.0.1:${port}/`,
  };
  const response = await fetch(cloud.outputs.aws.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: new URLSearchParams(parameters),
  });
  expect(response.status, await response.text()).toBe(200);
  return { messages, stop: () => server.close() };
}
