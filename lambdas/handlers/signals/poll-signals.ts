// Asks the transmitters that are polled (RFC 8936) what they have to say, page by page, and tells them what was taken and what
// is refused for good. What could not be taken just now is neither: it comes again.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { RetryableError } from '../../core/errors.ts';
import { type RefusalCode, RefusedSignalError } from '../../core/signals/refused-signal.ts';
import type { Transmitter } from '../../core/signals/signal-settings.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { answerParser } from '../../outbound/answer-parser.ts';
import { HttpClient } from '../../outbound/http-client.ts';
import { deployedTransmitters } from '../../stores/deployed-transmitters.ts';
import { readSecret } from '../../stores/secrets.ts';
import { liveTaking } from './live-taking.ts';
import { type TakeDependencies, takeSignal } from './take-signal.ts';

/** So many tokens are asked for at once; what comes beyond that is taken with the next page. */
const PAGE = 25;
/** Of one transmitter in one run. */
const MAXIMUM_PAGES = 20;
const MAXIMUM_TOKEN = 65_536;
/** Within the function's two minutes, with room for one page. */
const RUN_MS = 60_000;
const CALL_TIMEOUT_MS = 10_000;

export interface PollDependencies extends TakeDependencies {
  readonly transmitters: readonly Transmitter[];
  /** The transmitter, as it is asked. */
  readonly connect: (transmitter: Transmitter) => Pick<HttpClient, 'send'>;
  /** Ids and reasons, never what was read. */
  readonly log: (message: string, details: Readonly<Record<string, string | number>>) => void;
}

/** RFC 8936 section 2.4. */
interface Acknowledged {
  readonly ack: readonly string[];
  readonly setErrs: Readonly<Record<string, { readonly err: RefusalCode; readonly description: string }>>;
}

const pageSchema = z.object({
  sets: z.record(z.string(), z.unknown()).default({}),
  moreAvailable: z.boolean().default(false),
});
const parse = answerParser('a transmitter of signals');

export const pollSignals = (dependencies: PollDependencies) => async (): Promise<{ readonly taken: number }> => {
  const { transmitters, clock, log } = dependencies;
  const deadlineMs = clock() + RUN_MS;
  let taken = 0;
  const failed: string[] = [];
  for (const transmitter of transmitters.filter(({ poll }) => poll !== undefined)) {
    try {
      taken += await pollOne(dependencies, transmitter, deadlineMs);
    } catch (error) {
      // The others are asked all the same.
      failed.push(transmitter.id);
      log('transmitter not polled', { transmitter: transmitter.id, reason: reasonOf(error) });
    }
  }
  if (failed.length > 0) throw new RetryableError(`signals could not be taken of ${failed.join(', ')}`);
  return { taken };
};

async function pollOne(dependencies: PollDependencies, transmitter: Transmitter, deadlineMs: number): Promise<number> {
  const client = dependencies.connect(transmitter);
  const ask = async (maxEvents: number, acknowledged: Acknowledged) => {
    const body = { maxEvents, returnImmediately: true, ...withoutEmpty(acknowledged) };
    return parse(pageSchema, (await client.send({ method: 'POST', path: '', body, idempotent: true })) ?? {});
  };
  let acknowledged: Acknowledged = { ack: [], setErrs: {} };
  let taken = 0;
  let failures = 0;
  for (let page = 1; page <= MAXIMUM_PAGES && dependencies.clock() < deadlineMs; page += 1) {
    const { sets, moreAvailable } = await ask(PAGE, acknowledged);
    const outcome = await takePage(dependencies, transmitter, Object.entries(sets).slice(0, PAGE));
    acknowledged = outcome.acknowledged;
    taken += acknowledged.ack.length;
    failures += outcome.failures;
    const moved = acknowledged.ack.length + Object.keys(acknowledged.setErrs).length > 0;
    if (!moved || !(moreAvailable || Object.keys(sets).length > PAGE)) break;
  }
  if (acknowledged.ack.length + Object.keys(acknowledged.setErrs).length > 0) await ask(0, acknowledged);
  if (failures > 0) throw new RetryableError(`${failures} tokens could not be taken, and will come again`);
  return taken;
}

async function takePage(
  dependencies: PollDependencies,
  transmitter: Transmitter,
  tokens: readonly (readonly [string, unknown])[],
): Promise<{ readonly acknowledged: Acknowledged; readonly failures: number }> {
  const ack: string[] = [];
  const refused: [string, Acknowledged['setErrs'][string]][] = [];
  let failures = 0;
  for (const [jti, token] of tokens) {
    try {
      if (typeof token !== 'string' || token.length > MAXIMUM_TOKEN) {
        throw new RefusedSignalError('invalid_request', 'Expected a token of at most 64 KB.');
      }
      const event = await takeSignal(dependencies, transmitter, token);
      if (event.jti !== jti) throw new RefusedSignalError('invalid_request', 'It is listed under another jti.');
      ack.push(jti);
    } catch (error) {
      if (error instanceof RefusedSignalError) refused.push([jti, { err: error.code, description: error.message }]);
      else failures += 1;
      dependencies.log('signal not taken', { transmitter: transmitter.id, reason: reasonOf(error) });
    }
  }
  return { acknowledged: { ack, setErrs: Object.fromEntries(refused) }, failures };
}

function withoutEmpty({ ack, setErrs }: Acknowledged): Partial<Acknowledged> {
  return { ...(ack.length > 0 && { ack }), ...(Object.keys(setErrs).length > 0 && { setErrs }) };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
}

/** @param secret of the transmitter's settings, read when it is first needed */
export function connectTransmitter({ id, poll }: Transmitter, secret: () => Promise<string>): Pick<HttpClient, 'send'> {
  if (poll === undefined) throw new Error(`the transmitter ${id} is not polled`);
  const { url, tokenUrl, clientId = '', scope } = poll;
  const system = `signals of ${id}`;
  const bearerToken = tokenUrl === undefined ? secret : tokenOf({ system, tokenUrl, clientId, scope }, secret);
  return new HttpClient({ system, baseUrl: url, bearerToken, callTimeoutMs: CALL_TIMEOUT_MS });
}

const tokenSchema = z.object({ access_token: z.string().min(1).max(16_384) });

interface Client {
  readonly system: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly scope: string | undefined;
}

/** By the client's credentials (RFC 6749 sections 2.3.1 and 4.4), once for the connection. */
function tokenOf({ system, tokenUrl, clientId, scope }: Client, secret: () => Promise<string>): () => Promise<string> {
  let token: Promise<string> | undefined;
  const fetchToken = async () => {
    const pair = [clientId, await secret()].map(encodeURIComponent).join(':');
    const headers = { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
    const client = new HttpClient({ system, baseUrl: tokenUrl, headers, callTimeoutMs: CALL_TIMEOUT_MS });
    const form = { grant_type: 'client_credentials', ...(scope !== undefined && { scope }) };
    const answer = await client.send({ method: 'POST', path: '', form, idempotent: true });
    return parse(tokenSchema, answer).access_token;
  };
  return () => {
    token ??= fetchToken();
    return token;
  };
}

let live: ReturnType<typeof pollSignals> | undefined;
const logger = new Logger({ serviceName: 'tenure' });

export const handler = serveTask('poll-signals', z.unknown(), () => {
  live ??= pollSignals({
    ...liveTaking(),
    transmitters: deployedTransmitters(),
    connect: (transmitter) => connectTransmitter(transmitter, () => readSecret(transmitter.poll?.secret ?? '')),
    log: (message, details) => logger.warn(message, details),
  });
  return live();
});
