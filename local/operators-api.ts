// The operators' API as its users see it: HTTP and a token. The answers are checked against the published schemas.
import type * as z from 'zod';
import { auditPageSchema } from '../lambdas/api/audit.ts';
import { type CertificateAnswer, certificateSchema } from '../lambdas/api/certificates.ts';
import { type HoldAnswer, holdSchema } from '../lambdas/api/holds.ts';
import {
  type IdentityAnswer,
  type IdentitySummaryAnswer,
  identityPageSchema,
  identitySchema,
} from '../lambdas/api/identities.ts';
import type { Role } from '../lambdas/api/roles.ts';
import { type AttestedAnswer, attestedSchema, type TaskAnswer, taskPageSchema } from '../lambdas/api/tasks.ts';

const TIMEOUT_MS = 30_000;
const PAGE = 100;
const MAXIMUM_PAGES = 100;

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(what: string, status: number, answer: unknown) {
    super(`${what} answered ${status}: ${JSON.stringify(answer)}`);
    this.status = status;
  }
}

export class OperatorsApi {
  readonly #apiUrl: string;
  readonly #tokens: () => Readonly<Record<Role, string>>;

  /** @param tokens asked before each call, since tokens are renewed */
  constructor(apiUrl: string, tokens: () => Readonly<Record<Role, string>>) {
    this.#apiUrl = apiUrl;
    this.#tokens = tokens;
  }

  listIdentities(role: Role = 'auditor'): Promise<readonly IdentitySummaryAnswer[]> {
    return this.#listAll(role, '/identities', identityPageSchema);
  }

  /** Undefined when it is not known. */
  async findIdentity(identityId: string, role: Role = 'auditor'): Promise<IdentityAnswer | undefined> {
    try {
      return identitySchema.parse(await this.#send(role, 'GET', `/identities/${encodeURIComponent(identityId)}`));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  listAudit(identityId: string, role: Role = 'auditor') {
    return this.#listAll(role, `/identities/${encodeURIComponent(identityId)}/audit`, auditPageSchema);
  }

  listOpenTasks(role: Role = 'it'): Promise<readonly TaskAnswer[]> {
    return this.#listAll(role, '/tasks', taskPageSchema);
  }

  async attest(taskId: string, evidence: string): Promise<AttestedAnswer> {
    const path = `/tasks/${encodeURIComponent(taskId)}/attestation`;
    return attestedSchema.parse(await this.#send('it', 'POST', path, { outcome: 'done', evidence }));
  }

  /** What the mass-error guard held never takes effect. */
  async dropHold(holdId: string, reason: string): Promise<HoldAnswer> {
    const path = `/holds/${encodeURIComponent(holdId)}/drop`;
    return holdSchema.parse(await this.#send('operations', 'POST', path, { reason }));
  }

  async getCertificate(certificateId: string): Promise<CertificateAnswer> {
    return certificateSchema.parse(
      await this.#send('auditor', 'GET', `/certificates/${encodeURIComponent(certificateId)}`),
    );
  }

  async #listAll<Item>(
    role: Role,
    path: string,
    schema: z.ZodType<{ items: Item[]; next?: string | undefined }>,
  ): Promise<readonly Item[]> {
    const items: Item[] = [];
    let after = '';
    for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
      const answer = schema.parse(await this.#send(role, 'GET', `${path}?limit=${PAGE}${after}`));
      items.push(...answer.items);
      if (answer.next === undefined) return items;
      after = `&after=${encodeURIComponent(answer.next)}`;
    }
    throw new Error(`${path} has more than ${MAXIMUM_PAGES} pages`);
  }

  async #send(role: Role, method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#tokens()[role]}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw new ApiError(`${method} ${path}`, response.status, answer);
    return answer;
  }
}
