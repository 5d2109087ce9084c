// The keys by which a receiver of signals knows that they are Tenure's (RFC 7517).
import { ssfRoutes } from '../../api/ssf.ts';
import { type ApiHandler, serveApi } from '../../middleware/serve-api.ts';
import { kmsSignalSigner, type SignalSigner } from '../../stores/signals/signal-signer.ts';

export const getSignalKeys =
  ({ signer }: { readonly signer: Pick<SignalSigner, 'keys'> }): ApiHandler =>
  async () => ({ status: 200, body: { keys: await signer.keys() } });

export const handler = serveApi(ssfRoutes['get-signal-keys'], () => getSignalKeys({ signer: kmsSignalSigner() }));
