// A stand-in for BambooHR, as its documentation says it behaves: the API's key is the user of Basic authentication, only
// the fields that are asked for and may be seen are answered, the id 0 is the key's owner, a date that is not there is one
// of zeros, and webhooks are signed over their body and then their timestamp.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export type EmployeeFields = Readonly<Record<string, string | null>>;

export interface BambooHrServer {
  /** Without a trailing slash. */
  readonly url: string;
  readonly apiKey: string;
  readonly webhookKey: string;
  /** What was asked, as `GET /api/v1/employees/7`. */
  readonly requests: readonly string[];
  put(id: string, fields: EmployeeFields): void;
  delete(id: string): void;
  /** Fields that the API key may not see are left out without a word. */
  hide(...fields: readonly string[]): void;
  /** Answers the next so many requests with this status, and as slowly as that. */
  fail(
    status: number,
    options?: { readonly times?: number; readonly retryAfter?: string; readonly delayMs?: number },
  ): void;
  stop(): Promise<void>;
}

interface Fault {
  readonly status: number;
  readonly retryAfter?: string | undefined;
  readonly delayMs: number;
  times: number;
}

export async function startBambooHr(apiKey = 'key-1', webhookKey = 'private-1'): Promise<BambooHrServer> {
  const employees = new Map<string, EmployeeFields>();
  const requests: string[] = [];
  const hidden = new Set<string>();
  let fault: Fault | undefined;
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://bamboohr');
    requests.push(`${incoming.method} ${url.pathname}`);
    const failing = fault;
    if (failing !== undefined && failing.times > 0) {
      failing.times -= 1;
      await sleep(failing.delayMs);
      if (failing.status !== 200) {
        outgoing.writeHead(
          failing.status,
          failing.retryAfter === undefined ? {} : { 'retry-after': failing.retryAfter },
        );
        return void outgoing.end();
      }
    }
    const { status, body } = answer(incoming.headers.authorization, url);
    outgoing.writeHead(status, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify(body));
  });
  const answer = (authorization: string | undefined, url: URL) => {
    if (authorization !== `Basic ${Buffer.from(`${apiKey}:x`).toString('base64')}`) return { status: 401, body: {} };
    const [, id = ''] = /^\/api\/v1\/employees\/(\d+)$/.exec(url.pathname) ?? [];
    const employee = employees.get(id === '0' ? '1' : id);
    if (employee === undefined) return { status: 404, body: {} };
    const asked = (url.searchParams.get('fields') ?? '').split(',').filter((field) => !hidden.has(field));
    const told = asked.map((field) => [
      field,
      field.endsWith('Date') ? (employee[field] ?? '0000-00-00') : (employee[field] ?? null),
    ]);
    return { status: 200, body: { ...Object.fromEntries(told), id } };
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-in has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    apiKey,
    webhookKey,
    requests,
    put: (id, fields) => void employees.set(id, { status: 'Active', ...fields }),
    delete: (id) => void employees.delete(id),
    hide: (...fields) => fields.forEach((field) => void hidden.add(field)),
    fail: (status, { times = 1, retryAfter, delayMs = 0 } = {}) => {
      fault = { status, retryAfter, delayMs, times };
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As "Event-Based Webhooks" has it. */
export function employeeEvent(type: 'created' | 'updated' | 'deleted', employeeId: string) {
  const changedFields = type === 'updated' ? { changedFields: ['status'] } : {};
  return {
    type: `employee.${type}`,
    timestamp: '2026-11-23T09:00:00+0000',
    data: { companyId: '12345', employeeId, ...changedFields },
  };
}

/** As "Field-Based Webhooks" has it. */
export function fieldBasedEvent(...employeeIds: readonly string[]) {
  return {
    employees: employeeIds.map((id) => ({
      id,
      action: 'Updated',
      changedFields: ['First Name'],
      fields: { 'First Name': 'Bryony' },
      timestamp: '2026-11-23T09:00:00+0000',
    })),
  };
}

/** The headers of a delivery. */
export function signedByBambooHr(body: string, webhookKey: string, atMs: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1_000));
  return {
    'content-type': 'application/json',
    'x-bamboohr-timestamp': timestamp,
    'x-bamboohr-signature': createHmac('sha256', webhookKey).update(`${body}${timestamp}`).digest('hex'),
  };
}
