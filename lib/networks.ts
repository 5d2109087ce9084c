// The networks in the deployment settings: from where applications are reached that the internet does not reach. What is in
// them is checked here, certificates included, since a function would find out only when somebody leaves.
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import * as z from 'zod';
import { secretReferenceSchema } from '../lambdas/core/secret-reference.ts';
import { ID_FORM, idSchema } from './access-model/file-schemas.ts';

/** Lambda's own bounds. */
const MAXIMUM_SUBNETS = 16;
const MAXIMUM_SECURITY_GROUPS = 5;
const MAXIMUM_NETWORKS = 20;
const MAXIMUM_HOSTS = 100;
const MAXIMUM_PEM_BYTES = 512 * 1024;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

export interface NetworkSettings {
  /** Subnets of one VPC. @default none: the function stays outside of every VPC */
  readonly subnetIds?: readonly string[] | undefined;
  /** Security groups of the function in that VPC. */
  readonly securityGroupIds?: readonly string[] | undefined;
  /** What speaks HTTP goes through it, `http://proxy.acme.example:3128`; no credentials here. @default none */
  readonly proxy?: string | undefined;
  /** The ARN or name of a secret that is there already: `{"username":"...","password":"..."}` for the proxy. @default none */
  readonly proxySecret?: string | undefined;
  /** Hosts that are reached without the proxy: `db.acme.example`, or `.acme.example` for all below it. @default none */
  readonly noProxy?: readonly string[] | undefined;
  /** A PEM file, from where `cdk` runs, of certificate authorities that are trusted beside the public ones. @default none */
  readonly certificateAuthorities?: string | undefined;
}

const networkSettingsSchema: z.ZodType<NetworkSettings> = z
  .strictObject({
    subnetIds: distinct(/^subnet-[0-9a-f]{8,17}$/, 'expected subnet-0123456789abcdef0', MAXIMUM_SUBNETS).optional(),
    securityGroupIds: distinct(
      /^sg-[0-9a-f]{8,17}$/,
      'expected sg-0123456789abcdef0',
      MAXIMUM_SECURITY_GROUPS,
    ).optional(),
    proxy: z
      .string()
      .max(300)
      .refine(isProxyAddress, 'expected http://host:port or https://host:port, without credentials or path')
      .optional(),
    proxySecret: secretReferenceSchema.optional(),
    noProxy: distinct(
      /^(\*\.|\.)?[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?(:\d{1,5})?$/,
      'expected a host such as db.acme.example, or .acme.example for all below it',
      MAXIMUM_HOSTS,
    ).optional(),
    certificateAuthorities: z
      .string()
      .min(1)
      .superRefine((path, context) => {
        const fault = certificateFault(path, Date.now());
        if (fault !== undefined) context.addIssue({ code: 'custom', message: `${path}: ${fault}`, input: path });
      })
      .optional(),
  })
  .superRefine(({ subnetIds, securityGroupIds, proxy, proxySecret, noProxy, ...others }, context) => {
    const needs = (isThere: boolean, path: string, message: string) => {
      if (!isThere) context.addIssue({ code: 'custom', message, path: [path], input: others });
    };
    needs(
      (subnetIds === undefined) === (securityGroupIds === undefined),
      subnetIds === undefined ? 'subnetIds' : 'securityGroupIds',
      'missing: subnets and security groups go together',
    );
    needs(proxy !== undefined || proxySecret === undefined, 'proxySecret', 'expected proxy, which it is for');
    needs(proxy !== undefined || noProxy === undefined, 'noProxy', 'expected proxy, which it is about');
  });

export const networksSchema = z.record(z.string(), networkSettingsSchema).superRefine((networks, context) => {
  const names = Object.keys(networks);
  for (const name of names.filter((each) => !idSchema.safeParse(each).success)) {
    context.addIssue({ code: 'custom', message: ID_FORM, path: [name], input: name });
  }
  if (names.length <= MAXIMUM_NETWORKS) return;
  context.addIssue({ code: 'custom', message: `expected at most ${MAXIMUM_NETWORKS} networks`, input: names.length });
});

/** The certificates alone, of a file that was found to be in order. */
export function readCertificates(path: string): string {
  return certificatesIn(readFileSync(path, 'utf8')).join('\n');
}

function distinct(form: RegExp, expected: string, maximum: number) {
  return z
    .array(z.string().max(253).regex(form, expected))
    .min(1)
    .max(maximum)
    .refine((items) => new Set(items).size === items.length, 'expected each once');
}

function isProxyAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return false;
  return [url.username, url.password, url.search, url.hash].every((part) => part === '') && url.pathname === '/';
}

/** In words that quote nothing of the file: somebody may have named a key. */
function certificateFault(path: string, nowMs: number): string | undefined {
  let text: string;
  try {
    if (statSync(path).size > MAXIMUM_PEM_BYTES) return `expected at most ${MAXIMUM_PEM_BYTES} bytes`;
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
  if (text.includes('PRIVATE KEY-----')) return 'expected certificates only, and no private key';
  const certificates = certificatesIn(text);
  if (certificates.length === 0) return 'expected certificates in PEM, and there is none';
  for (const [index, certificate] of certificates.entries()) {
    const fault = faultOf(certificate, nowMs);
    if (fault !== undefined) return `certificate ${index + 1} ${fault}`;
  }
  return undefined;
}

function faultOf(pem: string, nowMs: number): string | undefined {
  try {
    const { ca, validTo } = new X509Certificate(pem);
    if (!ca) return 'is not that of a certificate authority';
    return Date.parse(validTo) < nowMs ? `expired on ${validTo}` : undefined;
  } catch {
    return 'cannot be parsed';
  }
}

function certificatesIn(text: string): readonly string[] {
  return text.match(CERTIFICATE) ?? [];
}
