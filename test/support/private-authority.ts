// A certificate authority of a company's own, and a server's certificate that it issued: by OpenSSL, as such companies do.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PrivateAuthority {
  /** Its own certificate, in PEM. */
  readonly certificate: string;
  /** The server's. */
  readonly server: { readonly key: string; readonly cert: string };
}

export function makePrivateAuthority(hosts: readonly string[]): PrivateAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-authority-'));
  const openssl = (...parameters: readonly string[]) =>
    execFileSync('openssl', parameters, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  try {
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=Acme private CA',
    );
    openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=server');
    writeFileSync(
      join(folder, 'extensions'),
      `subjectAltName=${hosts.map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`).join(',')}\n`,
    );
    const issued = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'extensions'];
    openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...issued);
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    return { certificate: read('ca.pem'), server: { key: read('server.key'), cert: read('server.pem') } };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
