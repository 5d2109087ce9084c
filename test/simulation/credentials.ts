// Whoever uses an account makes keys and tokens for it, beside the sign-in: replaces them, gives them up, leaves them lying
// about. Nobody tells Tenure; what a service account's former owner knew is for Tenure to find.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Coverage } from './coverage.ts';
import { MINUTE_MS } from './history.ts';
import type { SystemAccount } from './memory-system.ts';
import type { Random } from './random.ts';
import type { Setting } from './setting.ts';
import type { World } from './world.ts';

export const CREDENTIALS_STREAM = 1_234_567_891;
const HOUR_MS = 60 * MINUTE_MS;
/** The one system that tells of them, and can take them away. */
const APPLICATION = 'chat';
const KINDS = ['token', 'access-key', 'ssh-key'] as const;
/** More than anybody has use for. */
const MOST = 5;
const TIMES = 40;
/** Short, so that it is over within a history of a day. */
const GRACES_MS = [0, 6 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS];

/** @returns how long a new owner has to replace them; undefined: nobody has any */
export function randomGraceMs(random: Random, isOwned: boolean): number | undefined {
  return random.chance(isOwned ? 0.6 : 0.05) ? random.pick(GRACES_MS) : undefined;
}

export function withGrace({ model, deployment, ...setting }: Setting, graceMs: number): Setting {
  const given = ({ applications, ...rest }: AccessModel): AccessModel => ({
    ...rest,
    hash: `${rest.hash}, ${graceMs / MINUTE_MS} min to replace keys`,
    applications: applications.map((one) =>
      one.id === APPLICATION ? { ...one, credentialGraceHours: graceMs / HOUR_MS } : one,
    ),
  });
  return {
    ...setting,
    model: given(model),
    deployment: deployment && { ...deployment, model: given(deployment.model) },
  };
}

interface Surroundings {
  readonly random: Random;
  readonly coverage: Coverage;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Now and then somebody does something about one, as long as the history lasts. */
export function keepUsingKeys(world: World, surroundings: Surroundings): void {
  const { random, fromMs, untilMs } = surroundings;
  const paceMs = Math.max(MINUTE_MS, (untilMs - fromMs) / TIMES);
  setTimeout(
    async () => {
      if (Date.now() > untilMs) return;
      keepUsingKeys(world, surroundings);
      const accounts = await usableAccounts(world);
      if (accounts.length > 0) await use(world, random.pick(accounts), surroundings);
    },
    random.below(random.pick([MINUTE_MS, Math.floor(2 * paceMs)])),
  );
}

/** Those that Tenure has read: what was in one before that is nothing that it can tell from what came later. */
async function usableAccounts(world: World): Promise<readonly SystemAccount[]> {
  const usable: SystemAccount[] = [];
  for (const account of world.systems.get(APPLICATION)?.accounts.values() ?? []) {
    const record = await world.stores.directory.load(account.identityId);
    const known = record?.accounts.find(({ applicationId }) => applicationId === APPLICATION);
    if (account.enabled && known?.account?.accountId === account.accountId) usable.push(account);
  }
  return usable;
}

async function use(world: World, account: SystemAccount, { random, coverage }: Surroundings): Promise<void> {
  const system = world.systems.get(APPLICATION);
  const [oldest] = account.credentials;
  const isReplaced = oldest !== undefined && (account.credentials.size === MOST || random.chance(0.5));
  if (isReplaced) {
    const record = await world.stores.directory.load(account.identityId);
    const exposed = record?.accounts.find(({ applicationId }) => applicationId === APPLICATION)?.exposed;
    if (exposed?.credentials.includes(oldest)) coverage.happened.add('exposed credential replaced in time');
    account.credentials.delete(oldest);
  }
  // Whoever gives one up does not always make another; nobody makes one for an account that was disabled meanwhile.
  if (!account.enabled || (isReplaced && random.chance(0.2))) return;
  system?.addCredential(account, random.pick(KINDS), Date.now());
  coverage.happened.add('credential set');
}
