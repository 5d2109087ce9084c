// What each named query must answer once the sample feed has come to rest, worked out from the operators' API and from the
// target systems themselves: never from the entries that the queries read, but for the time at which a grant was given.
import type * as z from 'zod';
import { runAuditQuery } from '../../bin/audit-query-command.ts';
import { holdPageSchema } from '../../lambdas/api/holds.ts';
import type { IdentityAnswer } from '../../lambdas/api/identities.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { taskPageSchema } from '../../lambdas/api/tasks.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { OperatorsApi } from '../../local/operators-api.ts';
import type { Outputs } from '../../local/outputs.ts';
import { type FoundAccount, readableApplications, readTargets } from '../../local/read-targets.ts';

export type Row = Readonly<Record<string, unknown>>;

const PAGE = 100;
const MAXIMUM_PAGES = 50;
const REMOVALS = ['disable-account', 'delete-account', 'end-sessions', 'revoke', 'revoke-credential'];

/** As `tenure audit query` gives it to programs. */
export async function askLake(outputs: Outputs, tokenFile: string, query: readonly string[]): Promise<readonly Row[]> {
  const out: string[] = [];
  const args = [...query, '--format', 'json', '--api', outputs.apiUrl, '--token-file', tokenFile];
  const code = await runAuditQuery(args, { out: (text) => out.push(text), error: (text) => out.push(text) });
  if (code !== 0) throw new Error(out.join('\n'));
  return JSON.parse(out.join('\n')) as readonly Row[];
}

/** What is so, by whoever should know. */
export class Company {
  readonly model: AccessModel;
  readonly api: OperatorsApi;
  readonly #outputs: Outputs;
  identities: readonly IdentityAnswer[] = [];
  found: readonly FoundAccount[] = [];

  private constructor(outputs: Outputs, model: AccessModel) {
    this.#outputs = outputs;
    this.model = model;
    this.api = new OperatorsApi(outputs.apiUrl, () => outputs.tokens);
  }

  static async of(outputs: Outputs, model: AccessModel): Promise<Company> {
    const company = new Company(outputs, model);
    const known = await company.api.listIdentities();
    const identities = await Promise.all(known.map(({ identityId }) => company.api.findIdentity(identityId)));
    company.identities = identities.filter((identity) => identity !== undefined);
    company.found = await readTargets(outputs, model);
    return company;
  }

  /** The applications that a sample server stands for. */
  get read(): readonly string[] {
    return readableApplications(this.#outputs, this.model).map(({ id }) => id);
  }

  /** Of the operators' API, as it is published. */
  get routes(): readonly string[] {
    return ROUTES.map(({ path }) => path);
  }

  /** Entitlement, and whether it is privileged, by the grant's name in its system. */
  entitlementOf(applicationId: string, grant: string) {
    const application = this.model.applications.find(({ id }) => id === applicationId);
    return application?.entitlements.find((entitlement) => entitlement.grant === grant);
  }

  /** `subject grant`, and of the account whether it lets in. */
  accessTo(applicationId: string): readonly string[] {
    const accounts = this.found.filter((account) => account.applicationId === applicationId);
    return accounts
      .flatMap(({ identityId, enabled, grants }) => [
        `${identityId} (account) ${enabled}`,
        ...grants.map((grant) => `${identityId} ${grant} ${enabled}`),
      ])
      .sort();
  }

  /** `subject application grant` of all that systems have and nobody gave a reason for. */
  outside(): readonly string[] {
    const unexplained = this.found.flatMap(({ applicationId, identityId, grants }) => {
      const identity = this.identities.find((one) => one.identityId === identityId);
      const due = identity?.entitlements.map(({ entitlement }) => entitlement) ?? [];
      return grants
        .filter((grant) => !due.includes(`${applicationId}:${this.entitlementOf(applicationId, grant)?.id}`))
        .map((grant) => `${identityId} ${applicationId} ${grant}`);
    });
    const unreviewed = this.identities.flatMap(({ identityId, accounts }) =>
      accounts.flatMap(({ applicationId, unreviewed = [] }) =>
        unreviewed.map((grant) => `${identityId} ${applicationId} ${grant}`),
      ),
    );
    return [...new Set([...unexplained, ...unreviewed])].sort();
  }

  /** `what subject application`, of every decision that a person took. */
  async decisions(): Promise<readonly string[]> {
    const attested = (await this.#list('/tasks', 'status=done', taskPageSchema)).map(
      ({ identityId, applicationId }) => `task-attested ${identityId} ${applicationId}`,
    );
    const holds = (
      await Promise.all(
        (['released', 'dropped'] as const).map((status) => this.#list('/holds', `status=${status}`, holdPageSchema)),
      )
    ).flat();
    const decided = holds.map(({ holdId }) => `hold-decided ${holdId} `);
    const ofEach = this.identities.flatMap(({ identityId, timeline }) =>
      timeline
        .filter(({ type, decidedBy }) => decidedBy !== undefined && type !== 'task-attested')
        .map(({ type }) => `${type} ${identityId} `),
    );
    return [...attested, ...decided, ...ofEach].sort();
  }

  /** `subject application action grant` of what a person still has to take away; what no system confirmed is escalated. */
  async owed(): Promise<readonly string[]> {
    const unsettled = this.identities.filter(({ converged }) => !converged).map(({ identityId }) => identityId);
    if (unsettled.length > 0) throw new Error(`not at rest: ${unsettled.join(', ')}`);
    const open = await this.#list('/tasks', 'status=open', taskPageSchema);
    return open
      .flatMap(({ identityId, applicationId, steps }) =>
        steps
          .filter(({ action }) => REMOVALS.includes(action))
          .map(({ action, grant = '' }) => `${identityId} ${applicationId} ${action} ${grant}`),
      )
      .sort();
  }

  /** `subject application grant` of every grant in a system. */
  grants(): readonly string[] {
    return this.found
      .flatMap(({ identityId, applicationId, grants }) =>
        grants.map((grant) => `${identityId} ${applicationId} ${grant}`),
      )
      .sort();
  }

  /** By `subject application`: seconds from the departure to what the certificate says. */
  async timesToRevoke(): Promise<ReadonlyMap<string, Readonly<Record<string, number | undefined>>>> {
    const ids = this.identities.flatMap(({ removal }) =>
      removal?.provenAt === undefined ? [] : (removal.certificateId ?? []),
    );
    const certificates = await Promise.all(ids.map((id) => this.api.getCertificate(id)));
    return new Map(
      certificates.flatMap(({ identityId, acceptedAt, departedAt, provenAt, applications }) => {
        const fromMs = Math.max(Date.parse(acceptedAt), Date.parse(departedAt));
        const since = (at: string | undefined) => (at === undefined ? undefined : (Date.parse(at) - fromMs) / 1_000);
        return applications
          .filter(({ removed }) => removed.length > 0)
          .map(({ applicationId, disabledAt, lastGrantRemovedAt }) => [
            `${identityId} ${applicationId}`,
            { disabled: since(disabledAt), lastGrantRemoved: since(lastGrantRemovedAt), proven: since(provenAt) },
          ]);
      }),
    );
  }

  /** `subject application grant` of what is privileged, was given before the last move, and is there still. */
  async keptByMovers(): Promise<readonly string[]> {
    const movers = this.identities.flatMap(({ identityId, timeline }) => {
      const movedAt = timeline
        .filter(({ type }) => type === 'mover')
        .map(({ receivedAt }) => receivedAt)
        .sort()
        .at(-1);
      return movedAt === undefined ? [] : [{ identityId, movedAt }];
    });
    const kept = await Promise.all(
      movers.map(async ({ identityId, movedAt }) => {
        const entries = await this.api.listAudit(identityId);
        const held = this.found.filter((account) => account.identityId === identityId);
        return held.flatMap(({ applicationId, grants }) =>
          grants
            .filter((grant) => this.entitlementOf(applicationId, grant)?.privileged)
            .filter((grant) => {
              const given = entries.findLast(
                ({ event }) =>
                  event.type === 'access-changed' &&
                  event['applicationId'] === applicationId &&
                  (event['step'] as Row)['action'] === 'grant' &&
                  (event['step'] as Row)['grant'] === grant,
              );
              return given !== undefined && given.at < movedAt;
            })
            .map((grant) => `${identityId} ${applicationId} ${grant}`),
        );
      }),
    );
    return kept.flat().sort();
  }

  async #list<Item>(
    path: string,
    query: string,
    schema: z.ZodType<{ items: Item[]; next?: string | undefined }>,
  ): Promise<readonly Item[]> {
    const items: Item[] = [];
    for (let page = 0, after = ''; page < MAXIMUM_PAGES; page += 1) {
      const response = await fetch(`${this.#outputs.apiUrl}${path}?limit=${PAGE}&${query}${after}`, {
        headers: { authorization: `Bearer ${this.#outputs.tokens.security}` },
      });
      const answer = schema.parse(await response.json());
      items.push(...answer.items);
      if (answer.next === undefined) return items;
      after = `&after=${encodeURIComponent(answer.next)}`;
    }
    throw new Error(`${path} has more than ${MAXIMUM_PAGES} pages`);
  }
}
