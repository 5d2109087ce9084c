// Joins the network that the function was deployed into, with the proxy's credentials as they are now.
import * as z from 'zod';
import { PermanentError } from '../../core/errors.ts';
import { joinNetwork, type ProxyCredentials } from '../../outbound/network.ts';
import { deployedNetwork } from '../../stores/deployed-network.ts';
import { readSecret } from '../../stores/secrets.ts';

const credentialsSchema = z.object({ username: z.string().min(1).max(256), password: z.string().min(1).max(1_024) });

export async function joinDeployedNetwork(): Promise<void> {
  const { proxySecret, ...network } = deployedNetwork();
  joinNetwork(network, proxySecret === undefined ? undefined : credentialsIn(await readSecret(proxySecret)));
}

/** @throws PermanentError that quotes nothing of the secret */
function credentialsIn(text: string): ProxyCredentials {
  try {
    return credentialsSchema.parse(JSON.parse(text));
  } catch {
    throw new PermanentError("the proxy's secret is not a JSON object with username and password");
  }
}
