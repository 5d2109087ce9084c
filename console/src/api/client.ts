// Calling the operators' API: one function, typed by the contract, whose errors say what the API said.
import type { Operations } from './contract.ts';

export type Operation = keyof Operations;
export type Answer<Name extends Operation> = Operations[Name]['answer'];

export interface Asked<Name extends Operation> {
  readonly path?: Operations[Name]['path'];
  readonly query?: Operations[Name]['query'];
  readonly body?: Operations[Name]['body'];
  /** In the body's place, where a route takes a file: as its media type says. */
  readonly file?: Blob;
}

interface ProblemDetails {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer?: string; readonly detail?: string }[];
}

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  /** What is wrong with which member of what was sent. */
  readonly faults: readonly string[];

  constructor(status: number, { title, detail, errors = [] }: ProblemDetails) {
    super(detail ?? title ?? `The API answered ${status}.`);
    this.status = status;
    this.faults = errors.map(({ pointer = '', detail: fault = '' }) => [pointer, fault].filter(Boolean).join(': '));
  }
}

export interface Caller {
  /** Up to and without the path of a route. */
  readonly apiUrl: string;
  readonly token: () => string | undefined;
  /** The token is no longer taken. */
  readonly onRefused: () => void;
}

const TIMEOUT_MS = 40_000;

let caller: Caller | undefined;

export function setCaller(given: Caller): void {
  caller = given;
}

/** @throws ApiProblem */
export async function call<Name extends Operation>(operation: Name, asked: Asked<Name> = {}): Promise<Answer<Name>> {
  if (caller === undefined) throw new Error('nobody is signed in');
  const [method = 'GET', template = ''] = operation.split(' ');
  const response = await fetch(`${caller.apiUrl}${fill(template, asked.path)}${search(asked.query)}`, {
    method,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${caller.token() ?? ''}`,
      ...(asked.body !== undefined && { 'content-type': 'application/json' }),
      ...(asked.file !== undefined && { 'content-type': asked.file.type }),
    },
    ...(asked.body !== undefined && { body: JSON.stringify(asked.body) }),
    ...(asked.file !== undefined && { body: asked.file }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status === 401) caller.onRefused();
  const answer: unknown = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiProblem(response.status, answer as ProblemDetails);
  return answer as Answer<Name>;
}

function fill(template: string, values: Readonly<Record<string, string>> = {}): string {
  return template.replace(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(values[name] ?? ''));
}

function search(query: Readonly<Record<string, unknown>> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}
