// A VPN whose RADIUS server asks a directory, which Tenure keeps: members of its group `vpn` may open a tunnel.
import type { UsedSystem } from '../../connectors/contract.ts';
import { type FreeRadius, startFreeRadius } from '../servers/freeradius.ts';
import { GROUPS, PEOPLE, type Slapd, startSlapd, TENURE, TENURE_PASSWORD } from '../servers/slapd.ts';
import { addGroup, connectTo, ensurePassword, PASSWORD, residualOf } from './ldap.ts';

export interface Vpn extends UsedSystem {
  readonly slapd: Slapd;
  readonly radius: FreeRadius;
}

export async function startVpn(): Promise<Vpn> {
  const slapd = await startSlapd({ refusesLockedAccounts: true });
  await addGroup(slapd, 'vpn');
  const radius = await startFreeRadius({
    ldapUrl: slapd.url,
    bindDn: TENURE,
    bindPassword: TENURE_PASSWORD,
    accountsBase: PEOPLE,
    groupsBase: GROUPS,
  });
  return {
    slapd,
    radius,
    connect: ({ callTimeoutMs } = {}) => connectTo(slapd.url, {}, callTimeoutMs),
    residual: residualOf(slapd.url),
    signIn: async (account) => {
      await ensurePassword(slapd, account);
      // The gateway asks for each tunnel, and again whenever it renews one.
      const isAlive = () => radius.mayOpenTunnel(account.userName, PASSWORD);
      return (await isAlive()) ? { isAlive, close: async () => {} } : undefined;
    },
    stop: async () => {
      await radius.stop();
      await slapd.stop();
    },
  };
}
