// Bundled in place of @aws-sdk/middleware-endpoint-discovery: no operation of DynamoDB looks for an endpoint of its own any
// more, and the cache for those would be 8 kB of every function. An SDK that needs more of the module than this does not
// build.

export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};

export const resolveEndpointDiscoveryConfig = <Input>(input: Input): Input => input;
