// Slack for the tests: its SCIM API is a real SCIM server (SCIMMY); the two methods of the Web API that are called are
// written from Slack's reference, over the same members.
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { type ScimServer, startScimServer } from '../../support/scim-server.ts';
import { expectShape, startVendorApi } from './vendor-api.ts';

export const SLACK_TOKEN = 'xoxp-1111111111-the-owner-of-the-organisation';
export const OTHER_TOKEN = 'xoxp-2222222222-somebody-else-altogether';

const RESET = 'admin.users.session.reset';

/** What Slack itself is asked, past the connector. */
export interface Slack {
  readonly scim: ScimServer;
  readonly scimUrl: string;
  readonly apiUrl: string;
  readonly calls: readonly string[];
  /** Of the member whose token it is. */
  ownUserId: string;
  /** A session's id; undefined: refused. */
  signIn(userId: string): Promise<string | undefined>;
  isAlive(sessionId: string): boolean;
  /** The next call of this method of the Web API answers this error. */
  failNext(method: string, error: string): void;
  stop(): Promise<void>;
}

export async function startSlack(groups: readonly string[]): Promise<Slack> {
  const scim = await startScimServer({
    slack: { token: SLACK_TOKEN, groups: [...groups] },
    other: { token: OTHER_TOKEN },
  });
  const scimUrl = scim.baseUrls['slack'] ?? '';
  const sessions = new Map<string, string>();
  const failures = new Map<string, string>();
  const isActive = async (userId: string): Promise<boolean | undefined> => {
    const headers = { authorization: `Bearer ${SLACK_TOKEN}` };
    const response = await fetch(`${scimUrl}/Users/${encodeURIComponent(userId)}`, { headers });
    return response.ok ? z.object({ active: z.boolean() }).parse(await response.json()).active : undefined;
  };
  const answer = (method: string, error?: string) => {
    const told = failures.get(method) ?? error;
    failures.delete(method);
    return { body: told === undefined ? { ok: true } : { ok: false, error: told } };
  };
  const api = await startVendorApi({
    refuse: ({ headers }) =>
      headers['authorization'] === `Bearer ${SLACK_TOKEN}` ? undefined : { body: { ok: false, error: 'invalid_auth' } },
    operations: {
      // docs.slack.dev/reference/methods/auth.test
      'POST /api/auth.test': ({ body }) => {
        expectShape(z.strictObject({}), body);
        const { body: told } = answer('auth.test');
        return { body: told.ok ? { ...told, user_id: server.ownUserId } : told };
      },
      // docs.slack.dev/reference/methods/admin.users.session.reset
      'POST /api/admin.users.session.reset': async ({ body }) => {
        const { user_id: userId } = expectShape(resetSchema, body);
        if ((await isActive(userId)) === undefined) return answer(RESET, 'user_not_found');
        const reset = answer(RESET);
        if (reset.body.ok) for (const [id, holder] of sessions) if (holder === userId) sessions.delete(id);
        return reset;
      },
    },
  });
  const server: Slack = {
    ownUserId: 'U0',
    scim,
    scimUrl,
    apiUrl: `${api.url}/api`,
    calls: api.calls,
    signIn: async (userId) => {
      if ((await isActive(userId)) !== true) return undefined;
      const id = randomUUID();
      sessions.set(id, userId);
      return id;
    },
    isAlive: (sessionId) => sessions.has(sessionId),
    failNext: (method, error) => {
      failures.set(method, error);
    },
    stop: async () => {
      await scim.stop();
      await api.stop();
    },
  };
  return server;
}

const resetSchema = z.strictObject({
  user_id: z.string().min(1),
  mobile_only: z.boolean().optional(),
  web_only: z.boolean().optional(),
});
