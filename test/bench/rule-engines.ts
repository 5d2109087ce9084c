// The access profiles of a model as other engines know them: Cedar's policies and json-rules-engine's rules. Each says which
// profiles somebody meets, in the fewest questions it allows: one. What those give is then looked up the same for both.
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { Engine, type NestedCondition } from 'json-rules-engine';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Alternative, EventPattern } from '../../lambdas/core/access-model/event-pattern.ts';

type Attributes = Readonly<Record<string, string>>;

export interface RuleEngine {
  readonly name: string;
  /** The ids of the profiles that the attributes meet, in any order. */
  readonly meets: (attributes: Attributes) => Promise<readonly string[]>;
}

/** What both can say, and so all that the compared model does; neither knows null, and Cedar no text in any case. */
type Said =
  | { readonly is: 'one-of' | 'none-of'; readonly texts: readonly string[] }
  | { readonly is: 'like'; readonly pieces: readonly string[] }
  | { readonly is: 'present'; readonly present: boolean };

function saidBy(alternative: Alternative): Said {
  if (typeof alternative === 'string') return { is: 'one-of', texts: [alternative] };
  if (typeof alternative !== 'object' || alternative === null) return cannotSay(alternative);
  if ('exists' in alternative) return { is: 'present', present: alternative.exists };
  if ('prefix' in alternative && typeof alternative.prefix === 'string') return like(alternative.prefix, '');
  if ('suffix' in alternative && typeof alternative.suffix === 'string') return like('', alternative.suffix);
  if ('wildcard' in alternative) return like(...alternative.wildcard.split('*'));
  const excluded = 'anything-but' in alternative ? alternative['anything-but'] : undefined;
  if (Array.isArray(excluded)) return { is: 'none-of', texts: excluded.map(String) };
  return cannotSay(alternative);
}

function like(...pieces: string[]): Said {
  return { is: 'like', pieces };
}

function cannotSay(what: unknown): never {
  throw new Error(`the compared model may not ask for ${JSON.stringify(what)}`);
}

/** Permits of one request, a policy each: the reasons for which it is allowed are the profiles. */
export function cedarOf({ profiles }: AccessModel): RuleEngine {
  const policies = profiles.map(({ id, when }) => [
    id,
    `permit(principal, action, resource) when { ${inCedar(when)} };`,
  ]);
  const parsed = cedar.preparsePolicySet('profiles', { staticPolicies: Object.fromEntries(policies) });
  if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed));
  const meets = async (context: Attributes) => {
    const answer = cedar.statefulIsAuthorized({
      principal: { type: 'Identity', id: 'E1' },
      action: { type: 'Action', id: 'hold' },
      resource: { type: 'Access', id: 'all' },
      context,
      preparsedPolicySetId: 'profiles',
      entities: [],
    });
    if (answer.type !== 'success' || answer.response.diagnostics.errors.length > 0)
      throw new Error(JSON.stringify(answer));
    return answer.response.diagnostics.reason;
  };
  return { name: '@cedar-policy/cedar-wasm', meets };
}

function inCedar({ $or, ...conditions }: EventPattern): string {
  const each = Object.entries(conditions).map(([name, alternatives]) => {
    const any = (alternatives as readonly Alternative[]).map(
      (alternative) => `(${saidInCedar(name, saidBy(alternative))})`,
    );
    return `(${any.join(' || ')})`;
  });
  return [...each, ...($or ? [`(${$or.map((branch) => `(${inCedar(branch)})`).join(' || ')})`] : [])].join(' && ');
}

function saidInCedar(name: string, said: Said): string {
  const has = `context has ${name}`;
  switch (said.is) {
    case 'present':
      return said.present ? has : `!(${has})`;
    case 'like':
      return `${has} && context.${name} like ${JSON.stringify(said.pieces.join('*'))}`;
    case 'one-of':
      return `${has} && context.${name} == ${JSON.stringify(said.texts[0])}`;
    case 'none-of':
      return `${has} && !(${JSON.stringify(said.texts)}.contains(context.${name}))`;
    default:
      return said satisfies never;
  }
}

/** A rule each, whose event names the profile. Texts that begin or end with something are operators of our own. */
export function jsonRulesOf({ profiles }: AccessModel): RuleEngine {
  const engine = new Engine([], { allowUndefinedFacts: true });
  engine.addOperator('isLike', (value: unknown, [first = '', ...pieces]: readonly string[]) => {
    if (typeof value !== 'string' || !value.startsWith(first)) return false;
    let position = first.length;
    for (const piece of pieces.slice(0, -1)) {
      const found = value.indexOf(piece, position);
      if (found === -1) return false;
      position = found + piece.length;
    }
    const last = pieces.at(-1) ?? '';
    return value.length - last.length >= position && value.endsWith(last);
  });
  engine.addOperator('isPresent', (value: unknown, present: boolean) => (value !== undefined) === present);
  engine.addOperator(
    'isNoneOf',
    (value: unknown, texts: readonly string[]) => value !== undefined && !texts.includes(value as string),
  );
  for (const { id, when } of profiles) engine.addRule({ conditions: { all: inJsonRules(when) }, event: { type: id } });
  const meets = async (attributes: Attributes) => (await engine.run({ ...attributes })).events.map(({ type }) => type);
  return { name: 'json-rules-engine', meets };
}

function inJsonRules({ $or, ...conditions }: EventPattern): NestedCondition[] {
  const each = Object.entries(conditions).map(([fact, alternatives]): NestedCondition => {
    return {
      any: (alternatives as readonly Alternative[]).map((alternative) => inJsonRule(fact, saidBy(alternative))),
    };
  });
  return $or === undefined ? each : [...each, { any: $or.map((branch) => ({ all: inJsonRules(branch) })) }];
}

function inJsonRule(fact: string, said: Said): NestedCondition {
  switch (said.is) {
    case 'present':
      return { fact, operator: 'isPresent', value: said.present };
    case 'like':
      return { fact, operator: 'isLike', value: said.pieces };
    case 'one-of':
      return { fact, operator: 'equal', value: said.texts[0] };
    case 'none-of':
      return { fact, operator: 'isNoneOf', value: said.texts };
    default:
      return said satisfies never;
  }
}
