// Where a receiver of signals finds everything else (SSF 1.0 section 7).
import { ssfRoutes } from '../../api/ssf.ts';
import { transmitterConfiguration } from '../../core/signals/stream.ts';
import { type ApiHandler, serveApi } from '../../middleware/serve-api.ts';
import { fromEnvironment } from '../../stores/environment.ts';

export const getSsfConfiguration =
  ({ issuer }: { readonly issuer: string }): ApiHandler =>
  async () => ({ status: 200, body: transmitterConfiguration(issuer) });

export const handler = serveApi(ssfRoutes['get-ssf-configuration'], () =>
  getSsfConfiguration({ issuer: fromEnvironment('signalIssuer') }),
);
