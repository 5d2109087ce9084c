// Bundled in place of @aws-sdk/credential-provider-node. A function's credentials are in its environment, where Lambda puts
// those of its role; the ways a person signs in (SSO, files, processes, a browser) would be 150 kB of every function.
import { fromEnv } from '@aws-sdk/credential-provider-env';

export { fromEnv as defaultProvider };
