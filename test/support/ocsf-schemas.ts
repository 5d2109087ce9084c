// OCSF's own schema (test/vendor/ocsf), which knows nothing of Tenure.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

const SCHEMAS = join(import.meta.dirname, '..', 'vendor', 'ocsf');
const ajv = new Ajv2020({ strict: false });
const NAMES: Readonly<Record<number, string>> = {
  2004: 'detection_finding',
  3001: 'account_change',
  3002: 'authentication',
  3005: 'user_access',
  6003: 'api_activity',
};
const validators = new Map(
  Object.entries(NAMES).map(([uid, name]) => [
    Number(uid),
    ajv.compile(JSON.parse(readFileSync(join(SCHEMAS, `1.8.0-${name}.json`), 'utf8'))),
  ]),
);

/** What an event is against its class, as JSON says it: without what is undefined. Undefined: nothing. */
export function ocsfFaults(event: { readonly class_uid?: unknown }): unknown {
  const validate = validators.get(Number(event.class_uid));
  if (validate === undefined) return `no class ${event.class_uid}`;
  return validate(JSON.parse(JSON.stringify(event))) ? undefined : validate.errors;
}
