// The network that a function's applications are reached through: a proxy for whatever speaks HTTP, and certificate
// authorities beside the public ones. Both hold for the whole process and for every client library in it, since Node
// itself sees to them; clients of AWS bring agents of their own, and are given the proxy here.
import * as http from 'node:http';
import * as tls from 'node:tls';

export interface Network {
  /** `http://proxy.acme.example:3128`, without credentials. */
  readonly proxy?: string | undefined;
  /** Hosts that are reached without it: `db.acme.example`, `.acme.example`. */
  readonly noProxy?: readonly string[] | undefined;
  /** Accepted beside the public ones, in PEM. */
  readonly certificateAuthorities?: string | undefined;
}

export interface ProxyCredentials {
  readonly username: string;
  readonly password: string;
}

/** As Node's own agents take it. */
interface ProxyEnvironment {
  readonly HTTP_PROXY: string;
  readonly HTTPS_PROXY: string;
  readonly NO_PROXY: string;
}

/** Of Node 24, on which functions run; the types are those of Node 20, on which the rest may run as well. */
const { setGlobalProxyFromEnv } = http as { setGlobalProxyFromEnv?: (environment: ProxyEnvironment) => () => void };
const { getCACertificates, setDefaultCACertificates } = tls as {
  getCACertificates?: (type: 'default') => readonly string[];
  setDefaultCACertificates?: (certificates: readonly string[]) => void;
};

let trusted: string | undefined;
let proxied: ProxyEnvironment | undefined;
let leaveProxy: (() => void) | undefined;

/** Joins it, or does nothing where it was joined like that before. Must come before the first connection through it. */
export function joinNetwork({ proxy, noProxy = [], certificateAuthorities }: Network, credentials?: ProxyCredentials) {
  if (certificateAuthorities !== undefined && certificateAuthorities !== trusted) trust(certificateAuthorities);
  if (proxy === undefined) return;
  const url = addressOf(proxy, credentials);
  if (url === proxied?.HTTPS_PROXY) return;
  leaveProxy?.();
  proxied = { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: noProxy.join(',') };
  leaveProxy = required(setGlobalProxyFromEnv, 'http.setGlobalProxyFromEnv')(proxied);
}

/** What every client of AWS that a connector makes is given. */
export function awsClientNetwork(): { readonly requestHandler?: object } {
  if (proxied === undefined) return {};
  const agent = { proxyEnv: proxied };
  return { requestHandler: { httpAgent: agent, httpsAgent: agent } };
}

function trust(certificateAuthorities: string): void {
  const known = required(getCACertificates, 'tls.getCACertificates')('default');
  required(
    setDefaultCACertificates,
    'tls.setDefaultCACertificates',
  )([...known, ...certificatesIn(certificateAuthorities)]);
  trusted = certificateAuthorities;
}

function certificatesIn(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
}

function addressOf(proxy: string, credentials: ProxyCredentials | undefined): string {
  const url = new URL(proxy);
  // The URL escapes what would end the name or the password.
  if (credentials !== undefined) Object.assign(url, credentials);
  return url.href;
}

function required<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`${name} is missing: functions with a network run on Node 24.14 or later`);
  return value;
}
