// Planted mistakes in what people let others have and decide in their name.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { inStore, type Plant } from './planting.ts';

const YEAR_MS = 366 * 86_400_000;
const REQUESTS: readonly string[] = ['submit-request', 'decide-request', 'decide-by-link'];
const BY_LINK: readonly string[] = ['decide-by-link'];

export const PLANTS_OF_TRUST: readonly Plant[] = [
  inModel('ceiling-ignored', 'an agent holds whatever reasons give it', withoutCeiling),
  inModel('agents-ask-for-anything', 'an agent is given what its owner does not hold', withoutCeiling, REQUESTS),
  inModel('tools-for-nobody', 'what is marked for agents alone they do not hold', ({ applications, ...model }) => ({
    ...model,
    applications: applications.map((application) => ({
      ...application,
      entitlements: application.entitlements.map(({ agentMayHold: _marked, ...one }) => one),
    })),
  })),
  inStore('owners-not-followed', 'what its owner loses an agent keeps', () => ({ directory }, name) => ({
    directory: { listOwnedBy: async (owner) => (name === 'route-facts' ? [] : await directory.listOwnedBy(owner)) },
  })),
  inFactsOf('cover-forgotten', 'who covers for somebody is given it as their own', undefined, (fact) =>
    fact.type === 'access-requested' ? { ...fact, covers: undefined } : fact,
  ),
  inFactsOf('covers-never-end', 'who covers for somebody goes on when they have left', ['tell-of-requests'], (fact) =>
    fact.type === 'access-requested' ? { ...fact, covers: undefined } : fact,
  ),
  inFactsOf('links-work-twice', 'a link decides as often as it is pressed', BY_LINK, (fact) =>
    fact.type === 'request-decided' && fact.answer !== 'withdraw' ? undefined : fact,
  ),
  inFactsOf('links-outlive-requests', 'a link decides on what was taken back', BY_LINK, (fact) =>
    fact.type === 'request-decided' && fact.answer === 'withdraw' ? undefined : fact,
  ),
  {
    flag: 'links-never-expire',
    mistake: 'a link decides when nobody can any more',
    apply: () => (dependencies, name) => {
      if (!BY_LINK.includes(name)) return dependencies;
      const { directory, notices } = dependencies;
      const load: typeof directory.load = async (identityId) => {
        const record = await directory.load(identityId);
        return record && { ...record, facts: record.facts.map(openLonger) };
      };
      const findLink: typeof notices.findLink = async (linkId) => {
        const link = await notices.findLink(linkId);
        return link && { ...link, expiresMs: link.expiresMs + YEAR_MS };
      };
      return { ...dependencies, directory: { ...directory, load }, notices: { ...notices, findLink } };
    },
  },
  inModel('second-person-not-asked', 'one person says that privileged work is done', ({ applications, ...model }) => ({
    ...model,
    applications: applications.map(({ attestation: _needed, ...application }) => application),
  })),
  inStore('one-person-twice', 'who says so twice is taken for two', () => ({ directory }, name) => ({
    directory: {
      load: async (identityId) => {
        const record = await directory.load(identityId);
        if (record === undefined || name !== 'attest-task') return record;
        const tasks = record.tasks.map((task) =>
          task.first === undefined ? task : { ...task, first: { ...task.first, by: 'nobody', identityId: 'nobody' } },
        );
        return { ...record, tasks };
      },
    },
  })),
];

function openLonger(fact: Fact): Fact {
  return fact.type === 'access-requested' ? { ...fact, expiresMs: fact.expiresMs + YEAR_MS } : fact;
}

function withoutCeiling({ nonHuman = {}, ...model }: AccessModel): AccessModel {
  const { 'ai-agent': _limited, ...others } = nonHuman;
  return { ...model, nonHuman: others };
}

/** @param names of functions; undefined: all */
function inModel(
  flag: string,
  mistake: string,
  change: (model: AccessModel) => AccessModel,
  names?: readonly string[],
): Plant {
  const models = new WeakMap<AccessModel, AccessModel>();
  const mistaken = (model: AccessModel): AccessModel => {
    const known = models.get(model) ?? change(model);
    models.set(model, known);
    return known;
  };
  return {
    flag,
    mistake,
    apply: () => (dependencies, name) =>
      names?.includes(name) === false ? dependencies : { ...dependencies, model: () => mistaken(dependencies.model()) },
  };
}

/** What some functions see of the facts. @param names undefined: all of them. @param change undefined: not at all */
function inFactsOf(
  flag: string,
  mistake: string,
  names: readonly string[] | undefined,
  change: (fact: Fact) => Fact | undefined,
): Plant {
  return inStore(flag, mistake, () => ({ directory }, name) => {
    if (names?.includes(name) === false) return {};
    return {
      directory: {
        load: async (identityId) => {
          const record = await directory.load(identityId);
          return record && { ...record, facts: record.facts.map(change).filter((fact) => fact !== undefined) };
        },
      },
    };
  });
}
