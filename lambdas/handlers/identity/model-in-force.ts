// The access model that counted at an instant, as far as that is known: which was deployed when is on record, and what was
// deployed is kept.
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { auditKeyOf, DEPLOYMENT } from '../../core/audit/subject.ts';
import { toIso } from '../../core/moment.ts';
import type { Dependencies } from '../shared/dependencies.ts';

export interface ModelInForce {
  readonly model: AccessModel;
  /** Whether that is the one which was deployed at the instant; else it is the one that is deployed now. */
  readonly isOfThen: boolean;
  /** The hash of the one that was; undefined: not on record. */
  readonly hashOfThen: string | undefined;
}

const PAGE = 100;
/** More deployments and changes of settings than there are in years of several a day. */
const MAXIMUM_PAGES = 50;

/** Of an instant that has passed (epoch ms). */
export async function modelInForceAt(
  { audit, model, modelChanges }: Pick<Dependencies, 'audit' | 'model' | 'modelChanges'>,
  atMs: number,
): Promise<ModelInForce> {
  const deployed = model();
  const hashOfThen = await hashDeployedAt(audit, toIso(atMs));
  if (hashOfThen === deployed.hash) return { model: deployed, isOfThen: true, hashOfThen };
  const kept = hashOfThen === undefined ? undefined : await modelChanges.findModel(hashOfThen);
  return { model: kept ?? deployed, isOfThen: kept !== undefined, hashOfThen };
}

async function hashDeployedAt(audit: Pick<Dependencies['audit'], 'list'>, at: string): Promise<string | undefined> {
  let found: string | undefined;
  let after: string | undefined;
  for (let page = 0; page < MAXIMUM_PAGES; page += 1) {
    const { items, next } = await audit.list(auditKeyOf(DEPLOYMENT), { limit: PAGE, after });
    for (const entry of items) {
      if (entry.at > at) return found;
      if (entry.event.type === 'model-deployed') found = entry.modelHash;
    }
    if (next === undefined) return found;
    after = next;
  }
  return undefined;
}
