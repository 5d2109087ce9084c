// The access model travels with the code: it is compiled when the app is synthesised and lies beside the bundle, so
// a function and the model it decides by are always of one deployment.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessModel } from '../core/access-model/access-model.ts';

export const ACCESS_MODEL_FILE = 'access-model.json';

let loaded: AccessModel | undefined;

export function deployedAccessModel(): AccessModel {
  loaded ??= JSON.parse(readFileSync(join(import.meta.dirname, ACCESS_MODEL_FILE), 'utf8')) as AccessModel;
  return loaded;
}
