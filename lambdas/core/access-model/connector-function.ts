// Which function reaches an application: there is one for each connector, and one more for each network it is used in.
import type { Application } from './access-model.ts';

/** Ids have no double hyphen, so that no connector and network can be taken for another pair. */
const BETWEEN = '--';

/** `scim`, or `scim--plant` from within the network `plant`: the end of the function's name, and the tag of its secrets. */
export function connectorFunctionOf({ connector, network }: Pick<Application, 'connector' | 'network'>): string {
  return network === undefined ? connector : `${connector}${BETWEEN}${network}`;
}
