// Git over SSH whose keys and groups are in a directory, which Tenure keeps: members of its group `git` may push.
import type { UsedSystem } from '../../connectors/contract.ts';
import { type GitOverSsh, startGitOverSsh } from '../servers/git-over-ssh.ts';
import { GROUPS, PEOPLE, type Slapd, startSlapd, TENURE, TENURE_PASSWORD } from '../servers/slapd.ts';
import { addGroup, addKey, connectTo, residualOf } from './ldap.ts';

export interface Git extends UsedSystem {
  readonly slapd: Slapd;
  readonly server: GitOverSsh;
}

export async function startGit(): Promise<Git> {
  const slapd = await startSlapd({ refusesLockedAccounts: true });
  await addGroup(slapd, 'git');
  const server = await startGitOverSsh({
    ldapUrl: slapd.url,
    bindDn: TENURE,
    bindPassword: TENURE_PASSWORD,
    accountsBase: PEOPLE,
    groupsBase: GROUPS,
  });
  const withKeys = new Set<string>();
  return {
    slapd,
    server,
    connect: ({ callTimeoutMs } = {}) => connectTo(slapd.url, {}, callTimeoutMs),
    residual: residualOf(slapd.url),
    signIn: async (account) => {
      const name = account.accountId;
      if (!withKeys.has(name)) await addKey(slapd, account, await server.newKey(name));
      withKeys.add(name);
      return (await server.push(name)) === 'pushed' ? server.open(name) : undefined;
    },
    stop: async () => {
      await server.stop();
      await slapd.stop();
    },
  };
}
