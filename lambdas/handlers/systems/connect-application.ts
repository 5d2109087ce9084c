// From an application of the access model to its system: settings and secret checked, one connection per function.
import type * as z from 'zod';
import type { ManualTask, ResidualWindow, ServiceDesk, Target } from '../../connectors/contract/connector.ts';
import { loadConnector } from '../../connectors/load-connector.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { PermanentError } from '../../core/errors.ts';
import type { Lane, Turn } from '../../core/systems/queue.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { readSecret } from '../../stores/secrets.ts';
import { CALL_TIMEOUT_MS } from '../shared/timing.ts';
import { joinDeployedNetwork } from './join-deployed-network.ts';

export type Connected =
  | ConnectedSystem
  | { readonly kind: 'manual'; readonly task: ManualTask; readonly desk?: ServiceDesk | undefined };

export interface ConnectedSystem {
  readonly kind: 'api';
  readonly target: Target;
  readonly residual?: ResidualWindow | undefined;
  /** Called when what it was connected for is over, however it ended; it never fails. */
  readonly release?: (() => Promise<void>) | undefined;
  /** A turn after so many milliseconds, for one who has begun already. */
  readonly turnIn?: ((waitMs: number) => Turn | undefined) | undefined;
}

/** What a system is connected for: `cut-off` outranks everything, `prove` and `list` only read. */
export type Purpose = 'change' | 'cut-off' | 'prove' | 'list';

/** How one convergence queues in the application. */
export interface Visit {
  readonly lane: Lane;
  /** Calls that it expects to make. */
  readonly calls: number;
  /** As it was postponed before. */
  readonly turn?: Turn | undefined;
  /** Nothing is to be taken away. */
  readonly givesOnly: boolean;
}

export type Connect = (application: Application, purpose: Purpose, visit?: Visit) => Promise<Connected>;

export const connectApplication: Connect = async ({ id, connector: type, settings: unchecked }, _purpose, visit) => {
  await joinDeployedNetwork();
  const connector = await loadConnector(type);
  const settings = connector.settings.parse(unchecked);
  // Without a service desk a manual connector needs no secret.
  const secret = connector.secret && parseSecret(id, connector.secret, await secretOf(id));
  const givesOnly = visit?.givesOnly === true;
  const connection = { applicationId: id, settings, secret, callTimeoutMs: CALL_TIMEOUT_MS, givesOnly };
  if (connector.kind === 'api') {
    return {
      kind: 'api',
      residual: connector.residualWindow?.(settings),
      target: await connector.connect(connection),
    };
  }
  const desk = await connector.openServiceDesk?.(connection);
  return { kind: 'manual', task: connector.describeTask(settings), desk };
};

/**
 * @throws PermanentError that names the keys that are missing or wrong, never values; nor unknown keys, which may be a
 *   value in the wrong place
 */
export function parseSecret<Secret>(applicationId: string, schema: z.ZodType<Secret>, unchecked: unknown): Secret {
  const secret = schema.safeParse(unchecked);
  if (secret.success) return secret.data;
  const wrong = secret.error.issues.map((issue) => {
    const message = issue.code === 'unrecognized_keys' ? `unknown keys: ${issue.keys.length}` : issue.message;
    return `${issue.path.join('.')}: ${message}`;
  });
  throw new PermanentError(`the secret of ${applicationId} is not what its connector needs: ${wrong.join('; ')}`);
}

async function secretOf(applicationId: string): Promise<unknown> {
  const text = await readSecret(`${fromEnvironment('applicationSecrets')}${applicationId}`);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote the secret.
    throw new PermanentError(`the secret of ${applicationId} is not JSON`);
  }
}
