// The console on this machine, in CloudFront's place: the files that the deployment published, under the same policy, and
// the operators' API under the same origin. Only who signs in is another: see sign-in.ts.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CONSOLE_API_PATH, CONSOLE_HEADERS, type ConsoleFacts, contentSecurityPolicy } from '../lib/console-policy.ts';
import { CREDENTIALS, REGION } from './emulators.ts';
import { LOCAL_CLIENT_ID, LocalIssuer, SIGN_IN_PATH, SIGN_IN_STYLE } from './sign-in.ts';
import type { Tokens } from './tokens.ts';

export interface ConsoleServerOptions {
  /** Of the console, where this server is reached. */
  readonly origin: string;
  readonly apiUrl: string;
  /** The emulator's. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly tokens: () => Tokens;
}

const MAXIMUM_BODY_BYTES = 6_000_000;
const API_TIMEOUT_MS = 40_000;
/** What is passed to the API, and back. */
const TO_API = ['authorization', 'content-type', 'accept'];
const FROM_API = ['content-type', 'retry-after', 'cache-control'];

const HEADERS = {
  ...CONSOLE_HEADERS,
  'content-security-policy': contentSecurityPolicy([]),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
};

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Not yet listening. */
export function consoleServer(options: ConsoleServerOptions): Server {
  const issuer = new LocalIssuer(options.origin, options.tokens);
  const client = new S3Client({
    region: REGION,
    endpoint: options.endpoint,
    credentials: CREDENTIALS,
    forcePathStyle: true,
  });
  const answerTo = async (request: IncomingMessage): Promise<Answer> => {
    const url = new URL(request.url ?? '/', options.origin);
    // A page of another origin that calls here by a name of its own is not served (DNS rebinding).
    if (request.headers.host !== new URL(options.origin).host) return text(421, 'this server has another name');
    const body = await bodyOf(request);
    if (body === undefined) return text(413, 'too large');
    if (url.pathname.startsWith(`${CONSOLE_API_PATH}/`)) return passOn(options.apiUrl, request, url, body);
    if (url.pathname === `${SIGN_IN_PATH}/style.css`)
      return { status: 200, headers: { 'content-type': 'text/css' }, body: SIGN_IN_STYLE };
    if (url.pathname.startsWith(`${SIGN_IN_PATH}/`))
      return issuer.answer(request.method ?? 'GET', url, body.toString()) ?? text(404, 'not found');
    if (request.method !== 'GET') return text(405, 'expected GET');
    const path = pathOf(url.pathname);
    const file = await read(client, options.bucket, path);
    if (path !== 'console.json' || file.status !== 200) return file;
    return { ...file, body: JSON.stringify(localFacts(options.origin, String(file.body))) };
  };
  return createServer((request, response) => {
    answerTo(request)
      .catch((error: unknown) => text(502, error instanceof Error ? error.message : String(error)))
      .then((answer) => send(response, answer));
  });
}

/** As the deployment wrote them, but for who signs people in. */
function localFacts(origin: string, deployed: string): ConsoleFacts {
  const { signOutUrl: _hostedUi, ...facts } = JSON.parse(deployed) as ConsoleFacts;
  return { ...facts, issuer: `${origin}${SIGN_IN_PATH}`, clientId: LOCAL_CLIENT_ID, local: true };
}

/** As the function of the distribution has it. */
function pathOf(pathname: string): string {
  const isFile = pathname.startsWith('/assets/') || pathname === '/console.json' || pathname === '/favicon.svg';
  return isFile ? pathname.slice(1) : 'index.html';
}

async function read(client: S3Client, Bucket: string, Key: string): Promise<Answer> {
  try {
    const { Body, ContentType, CacheControl } = await client.send(new GetObjectCommand({ Bucket, Key }));
    const headers = { 'content-type': ContentType ?? 'application/octet-stream', 'cache-control': CacheControl ?? '' };
    const isText = Key.endsWith('.json');
    return { status: 200, headers, body: isText ? await textOf(Body) : await bytesOf(Body) };
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return text(404, 'not found');
    throw error;
  }
}

type Body = { transformToString(): Promise<string>; transformToByteArray(): Promise<Uint8Array> } | undefined;
const textOf = async (body: Body) => (await body?.transformToString()) ?? '';
const bytesOf = async (body: Body) => (await body?.transformToByteArray()) ?? new Uint8Array();

async function passOn(apiUrl: string, request: IncomingMessage, url: URL, body: Buffer): Promise<Answer> {
  const headers = Object.fromEntries(
    TO_API.flatMap((name) => (typeof request.headers[name] === 'string' ? [[name, request.headers[name]]] : [])),
  );
  const response = await fetch(`${apiUrl}${url.pathname.slice(CONSOLE_API_PATH.length)}${url.search}`, {
    method: request.method ?? 'GET',
    headers,
    ...(body.length > 0 && { body: new Uint8Array(body) }),
    signal: AbortSignal.timeout(API_TIMEOUT_MS),
  });
  const passed = FROM_API.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return {
    status: response.status,
    headers: Object.fromEntries(passed),
    body: new Uint8Array(await response.arrayBuffer()),
  };
}

/** Undefined: it is larger than the API takes. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAXIMUM_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function text(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  response.writeHead(status, { ...HEADERS, ...headers });
  response.end(body);
}
