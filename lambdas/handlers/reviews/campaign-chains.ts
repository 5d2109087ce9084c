// Who is above whom, and above who owns what, as one run of a step finds it: of everybody asked for once.
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import { type Superior, superiorsFrom } from '../../core/identity/management-chain.ts';
import type { ReviewerChains } from '../../core/reviews/campaign-reviewers.ts';
import { type ChainDependencies, loadSuperior } from '../shared/load-superiors.ts';

/** A run sees a few thousand managers at most; what a function has memory for many times over. */
const MAXIMUM_REMEMBERED = 50_000;

type Owners = Pick<ReviewerChains, 'entitlementOwners' | 'applicationOwners'>;

export class Chains {
  readonly #dependencies: ChainDependencies;
  readonly #model: AccessModel;
  readonly #superiors = new Map<string, Promise<Superior | undefined>>();
  readonly #owners = new Map<string, Owners>();

  constructor(dependencies: ChainDependencies, model: AccessModel) {
    this.#dependencies = dependencies;
    this.#model = model;
  }

  /** Beginning with that one; undefined: nobody. */
  above(nearest: string | undefined): Promise<readonly Superior[]> {
    return superiorsFrom(nearest, (identityId) => this.#look(identityId));
  }

  #look(identityId: string): Promise<Superior | undefined> {
    const known = this.#superiors.get(identityId);
    if (known !== undefined) return known;
    if (this.#superiors.size >= MAXIMUM_REMEMBERED) this.#superiors.clear();
    const asked = loadSuperior(this.#dependencies, identityId);
    this.#superiors.set(identityId, asked);
    // What failed is asked once more by whoever asks next.
    asked.catch(() => this.#superiors.delete(identityId));
    return asked;
  }

  /** @param reference `application:entitlement` */
  async ownersOf(reference: string): Promise<Owners> {
    const known = this.#owners.get(reference);
    if (known !== undefined) return known;
    const [applicationId = ''] = reference.split(':');
    const found = findEntitlement(this.#model, reference);
    const application = found?.application ?? this.#model.applications.find(({ id }) => id === applicationId);
    const [applicationOwners, entitlementOwners] = await Promise.all([
      this.above(application?.owner),
      this.above(found?.entitlement.owner ?? application?.owner),
    ]);
    const owners = { applicationOwners, entitlementOwners };
    if (this.#owners.size < MAXIMUM_REMEMBERED) this.#owners.set(reference, owners);
    return owners;
  }
}
