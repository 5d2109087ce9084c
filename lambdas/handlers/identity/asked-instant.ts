// An instant that an operator asks about, and by which access model it is answered. The answer says so itself: what was told
// late, or a model that is no longer kept, makes it another than somebody would have got then.
import type { AskedInstantAnswer } from '../../api/asked-instant.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { toIso } from '../../core/moment.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { modelInForceAt } from './model-in-force.ts';

export interface AskedInstant {
  /** Epoch ms. */
  readonly atMs: number;
  readonly model: AccessModel;
  /** Whether that is the one which was deployed then. Undefined: the instant is yet to come. */
  readonly isModelOfThen: boolean | undefined;
  /** The hash of the one which was; undefined: not on record. */
  readonly hashOfThen: string | undefined;
}

export async function askedInstant(
  dependencies: Pick<Dependencies, 'audit' | 'clock' | 'model' | 'modelChanges'>,
  at: string,
): Promise<AskedInstant> {
  const atMs = Date.parse(at);
  if (atMs > dependencies.clock()) {
    return { atMs, model: dependencies.model(), isModelOfThen: undefined, hashOfThen: undefined };
  }
  const { model, isOfThen, hashOfThen } = await modelInForceAt(dependencies, atMs);
  return { atMs, model, isModelOfThen: isOfThen, hashOfThen };
}

export function presentAskedInstant({ atMs, model, isModelOfThen, hashOfThen }: AskedInstant): AskedInstantAnswer {
  return {
    at: toIso(atMs),
    modelHash: model.hash,
    model: isModelOfThen === true ? 'deployed-then' : 'deployed-now',
    deployedThen: hashOfThen,
    limits: limitsOf(isModelOfThen, hashOfThen),
  };
}

function limitsOf(isModelOfThen: boolean | undefined, hashOfThen: string | undefined): string {
  if (isModelOfThen === undefined) {
    return 'By the facts and the access model known now: what is told or deployed until then changes it.';
  }
  const facts = 'By all facts that are known now, those about that time which were told later among them';
  if (isModelOfThen) {
    return (
      `${facts}, and by the access model that was deployed then. While a change of it was held, whoever had settled ` +
      'under the model before kept what that gave them.'
    );
  }
  const why = hashOfThen === undefined ? 'which one was deployed then is not on record' : 'the one of then is not kept';
  return `${facts}, but by the access model that is deployed now: ${why}. The profiles may have given something else then.`;
}
