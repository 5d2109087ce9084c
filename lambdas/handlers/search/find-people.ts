// Whom an operator finds. The index only says where to look: each is read before they are shown, so that nobody is shown whom
// the operator may not see, by a name that they may not see, or who is not known any more.
import type { View } from '../../api/roles.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { Reach } from '../../core/search/people-list.ts';
import { WordIndex } from '../../core/search/word-index.ts';
import type { Operator } from '../../middleware/authorize.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';
import { findIdentity, type LoadedIdentity } from '../shared/load-identity.ts';
import type { KnownPeople } from './known-people.ts';

export interface FoundPerson {
  readonly loaded: LoadedIdentity;
  readonly view: View;
}

export interface FoundPeople {
  readonly items: readonly FoundPerson[];
  readonly more: boolean;
}

export interface Searching {
  readonly text: string;
  readonly limit: number;
  /** The operator as a person; undefined: their token names none. */
  readonly person: string | undefined;
}

/** What an operator is shown of somebody. Undefined: they may not see them. */
export type Readable = (found: LoadedIdentity) => Promise<View | undefined>;

const CONCURRENT_PEOPLE = 8;
/** Some of those that the index names are not there, or no longer the operator's to see. */
const SPARE = 8;

export async function findPeople(
  dependencies: ApiDependencies,
  operator: Operator,
  { known, readable }: { readonly known: KnownPeople | undefined; readonly readable: Readable },
  { text, limit, person }: Searching,
): Promise<FoundPeople> {
  if (operator.scope === 'self') return { items: [], more: false };
  const exact = await findExactly(dependencies, text);
  const guessed = known?.index.find(text, limit + SPARE, reachOf(operator, known, person));
  const ids = [...new Set([...exact, ...(guessed?.ids ?? [])])];
  const found = await mapBounded(ids, CONCURRENT_PEOPLE, async (identityId): Promise<readonly FoundPerson[]> => {
    const loaded = await findIdentity(dependencies, identityId);
    if (loaded === undefined) return [];
    const view = await readable(loaded);
    if (view === undefined || !(view.names || isById(identityId, text))) return [];
    return [{ loaded, view }];
  });
  const items = found.flat();
  return { items: items.slice(0, limit), more: items.length > limit || guessed?.more === true };
}

/** Of now, whatever the list knows: who has this id, or this address. */
async function findExactly({ directory }: ApiDependencies, text: string): Promise<readonly string[]> {
  const id = identityIdSchema.safeParse(text);
  const byEmail = text.includes('@') ? await directory.findByEmail(text) : [];
  return [...(id.success ? [id.data] : []), ...byEmail];
}

function reachOf({ scope, view, reportsView }: Operator, { index }: KnownPeople, person: string | undefined): Reach {
  if (scope === 'all' && view.names) return { byName: 'everybody' };
  const below = person !== undefined && reportsView.names ? index.below(person) : new Set<string>();
  return { byName: below, ...(scope === 'all' && { byId: 'everybody' as const }) };
}

function isById(identityId: string, text: string): boolean {
  return new WordIndex([[identityId]]).find({ text, limit: 1 }).positions.length > 0;
}
