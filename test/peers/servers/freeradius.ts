// FreeRADIUS as a VPN gateway asks it: only members of the directory's group `vpn`, whose password the directory accepts.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChildServer } from '../../support/child-server.ts';
import { freePort } from '../../support/free-port.ts';
import { ensurePackages } from '../debian.ts';

const SHARED_SECRET = 'secret of the gateway';

export interface FreeRadius {
  /** What the gateway is told: may this user open a tunnel? */
  mayOpenTunnel(userName: string, password: string): Promise<boolean>;
  stop(): Promise<void>;
}

export interface FreeRadiusOptions {
  readonly ldapUrl: string;
  readonly bindDn: string;
  readonly bindPassword: string;
  readonly accountsBase: string;
  readonly groupsBase: string;
}

export async function startFreeRadius(options: FreeRadiusOptions): Promise<FreeRadius> {
  await ensurePackages(['freeradius', 'freeradius-ldap', 'freeradius-utils']);
  const folder = await mkdtemp(join(tmpdir(), 'tenure-radius-'));
  const port = await freePort();
  await writeFile(join(folder, 'radiusd.conf'), configurationOf(folder, port, options));
  const server = await startChildServer({
    command: 'freeradius',
    arguments: ['-f', '-X', '-d', folder],
    isReady: (line) => line.includes('Ready to process requests'),
  });
  return {
    mayOpenTunnel: async (userName, password) => {
      const output = await ask(port, `User-Name = "${userName}", User-Password = "${password}"`);
      if (/Received Access-Accept/.test(output)) return true;
      if (/Received Access-Reject/.test(output)) return false;
      throw new Error(`the RADIUS server did not answer: ${output}`);
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** radclient ends with 1 after a reject, so its output is what counts. */
function ask(port: number, request: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = ['-x', '-r', '2', '-t', '5', `127.0.0.1:${port}`, 'auth', SHARED_SECRET];
    const client = execFile('radclient', sent, (_, stdout, stderr) => resolve(`${stdout}${stderr}`));
    client.stdin?.end(request);
  });
}

function configurationOf(folder: string, port: number, options: FreeRadiusOptions): string {
  return `
prefix = /usr
libdir = /usr/lib/freeradius
raddbdir = ${folder}
logdir = ${folder}
run_dir = ${folder}
security {
  reject_delay = 0
}
client gateway {
  ipaddr = 127.0.0.1
  secret = "${SHARED_SECRET}"
}
modules {
  always reject {
    rcode = reject
  }
  ldap {
    server = "${options.ldapUrl}"
    identity = "${options.bindDn}"
    password = "${options.bindPassword}"
    base_dn = "${options.accountsBase}"
    user {
      base_dn = "${options.accountsBase}"
      filter = "(uid=%{User-Name})"
    }
    group {
      base_dn = "${options.groupsBase}"
      filter = "(objectClass=groupOfNames)"
      name_attribute = cn
      membership_filter = "(member=%{control:Ldap-UserDn})"
    }
    pool {
      start = 0
      min = 0
      max = 4
    }
  }
}
server vpn {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  authorize {
    ldap
    if (!(LDAP-Group == "vpn")) {
      reject
    }
    update control {
      Auth-Type := LDAP
    }
  }
  authenticate {
    Auth-Type LDAP {
      ldap
    }
  }
}
`;
}
