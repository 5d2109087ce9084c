// Mistakes in what people may ask for and decide on, each planted alone.
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { inFacts, type Plant } from './planting.ts';

const YEAR_MS = 366 * 86_400_000;

export const PLANTS_OF_REQUESTS: readonly Plant[] = [
  {
    flag: 'a-stage-skipped',
    mistake: 'of two stages the first is enough',
    apply: () => (dependencies) => {
      const { requests = [], ...model } = dependencies.model();
      const shorter = requests.map((rule) => ({ ...rule, stages: rule.stages.slice(0, 1) }));
      return { ...dependencies, model: () => ({ ...model, requests: shorter }) };
    },
  },
  inFacts('requester-forgotten', 'who asked for somebody else decides on it', (facts) =>
    facts.map((fact) => (fact.type === 'access-requested' ? { ...fact, requestedBy: 'nobody' } : fact)),
  ),
  inFacts('withdrawn-and-given', 'what was taken back is approved', (facts) =>
    facts.filter((fact) => !isTakenBack(fact)),
  ),
  inFacts('requests-never-expire', 'what nobody decided on in time can be decided on for ever', (facts) =>
    // By an instant that can be written: who asked is told of it.
    facts.map((fact) => (fact.type === 'access-requested' ? { ...fact, expiresMs: fact.expiresMs + YEAR_MS } : fact)),
  ),
  inFacts('delegations-never-end', 'whoever decided in somebody’s place once does so for good', (facts) =>
    facts.map((fact) => (fact.type === 'decisions-delegated' ? { ...fact, endsMs: fact.endsMs + YEAR_MS } : fact)),
  ),
  inFacts('exceptions-never-end', 'what an exception let somebody hold stays for good', (facts) =>
    facts.map((fact) => (fact.type === 'exception-granted' ? { ...fact, endsMs: Number.MAX_SAFE_INTEGER } : fact)),
  ),
  inFacts('exceptions-without-effect', 'nobody is let hold what an exception lets them', (facts) =>
    facts.filter(({ type }) => type !== 'exception-granted'),
  ),
  {
    flag: 'rules-that-prevent-nothing',
    mistake: 'what must not be held together without an exception is only told',
    apply: () => (dependencies) => {
      const { duties = [], ...model } = dependencies.model();
      const told = duties.map((rule) => ({ ...rule, mode: 'detect' as const }));
      return { ...dependencies, model: () => ({ ...model, ...(duties.length > 0 && { duties: told }) }) };
    },
  },
];

function isTakenBack(fact: Fact): boolean {
  return fact.type === 'request-decided' && fact.answer === 'withdraw';
}
