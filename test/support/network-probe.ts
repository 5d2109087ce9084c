// Run by the Node that functions run on: one call through a connector from within a network, and what came of it on stdout.
import type { Connection, Connector, Target } from '../../lambdas/connectors/contract/connector.ts';
import { connectorOf } from '../../lambdas/connectors/registry.ts';
import { joinNetwork, type Network, type ProxyCredentials } from '../../lambdas/outbound/network.ts';

interface Probe {
  readonly network: Network;
  readonly credentials?: ProxyCredentials;
  readonly applications: readonly { readonly connector: string; readonly settings: object; readonly secret?: object }[];
}

const { network, credentials, applications } = JSON.parse(process.argv[2] ?? '') as Probe;
joinNetwork(network, credentials);
for (const { connector: type, settings, secret } of applications) {
  const connector = connectorOf(type);
  const message = await call(connector, {
    applicationId: type,
    settings: connector.settings.parse(settings),
    secret: connector.secret?.parse(secret),
    callTimeoutMs: 8_000,
  }).then(
    () => 'answered',
    (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
  );
  process.stdout.write(`${JSON.stringify({ connector: type, message })}\n`);
}
process.exit(0);

async function call(connector: Connector, connection: Connection<unknown, unknown>): Promise<unknown> {
  if (connector.kind === 'manual') return (await connector.openServiceDesk?.(connection))?.findTicket('task-1');
  const target: Target = await connector.connect(connection);
  return target.findAccount({ identityId: 'E1', userName: 'ada@acme.example' });
}
