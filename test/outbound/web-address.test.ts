// Credentials travel to these addresses: over https, or to this very machine.
import { expect, it } from 'vitest';
import { webAddressSchema } from '../../lambdas/outbound/web-address.ts';

it.each([
  ['https://acme.example', 'https://acme.example'],
  ['https://acme.example/scim/v2/', 'https://acme.example/scim/v2'],
  ['https://acme.example:8443//', 'https://acme.example:8443'],
  ['http://127.0.0.1:4010/scim', 'http://127.0.0.1:4010/scim'],
  ['http://[::1]:4010', 'http://[::1]:4010'],
  ['http://localhost', 'http://localhost'],
])('takes %s', (address, taken) => {
  expect(webAddressSchema.parse(address)).toBe(taken);
});

it.each([
  'http://acme.example',
  'http://localhost.acme.example',
  'http://127.0.0.1.acme.example',
  'https://ada@acme.example',
  'https://:secret@acme.example',
  'https://acme.example?token=secret',
  'https://acme.example#part',
  'ftp://127.0.0.1',
  'acme.example',
  `https://acme.example/${'x'.repeat(2_000)}`,
])('refuses %s', (address) => {
  expect(webAddressSchema.safeParse(address).success).toBe(false);
});
