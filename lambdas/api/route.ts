// What a route is. Each is written once, in the file of its resource, and everything else follows from that: the
// gateway's route, the rights of its function, who may call it, how its handler reads the request and what it may
// answer, and the OpenAPI document.
import type * as z from 'zod';
import type { StoreOperations } from '../stores/store-operations.ts';
import type { ProblemStatus } from './problem.ts';
import type { RoleScopes } from './roles.ts';

/** 400 is what the protocols of others ask for. */
export type AnswerStatus = 200 | 201 | 202 | 204 | 400;

export interface RouteDefinition {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** As API Gateway and OpenAPI both write it. */
  readonly path: `/${string}`;
  /** What each role may do; `signature`: the HR source signs the body; `peer`: another system shows its bearer token; `link`: the path has a secret; `open`: nobody is asked. */
  readonly access: RoleScopes | 'signature' | 'peer' | 'link' | 'open';
  /** A line of plain text. */
  readonly summary: string;
  /** What a caller must know beside the summary. Markdown. */
  readonly description?: string;
  /** @default none is read */
  readonly query?: z.ZodObject;
  /** What it takes as `application/json`. @default no body is read */
  readonly body?: z.ZodType;
  /** What it takes under several media types, where the handler does not leave the parsing to the definition. */
  readonly bodies?: Readonly<Record<string, z.ZodType>>;
  /** By status, and those of its errors that are no problem details; `any`: JSON that nothing is promised about; `page`: HTML, and so are its problems. */
  readonly answers: Readonly<Partial<Record<AnswerStatus, z.ZodType | 'any' | 'page'>>>;
  /** What may go wrong beside what `problemsOf` derives. @default nothing */
  readonly problems?: readonly ProblemStatus[];
  /** Whether refusals of what was asked (404, 409, 422) are put on record, as those of who asks always are. @default false */
  readonly auditsRefusals?: true;
  /** What its function may use; it is given no other right. */
  readonly uses: RouteUses;
}

/** A test compares the operations with those that the handler's code calls. */
export interface RouteUses extends StoreOperations {
  /** The access model, which then lies beside the function's code. @default false */
  readonly accessModel?: true;
  /** The settings of the mass-error guard, by which it judges. @default false */
  readonly massErrorGuard?: true;
  /** By what intake and a changed model are judged: whose word counts more, and from when on a change is reported. @default false */
  readonly intake?: true;
  /** Which connectors ask people. @default false */
  readonly manualConnectors?: true;
  /** Adding files that show what people did by hand. @default false */
  readonly evidenceFiles?: true;
  /** The settings of erasures. @default false */
  readonly erasure?: true;
  /** Reading the list by which people are searched for, and the memory for an index over it. @default false */
  readonly searchList?: true;
  /** Telling a person by the topic of escalations. @default false */
  readonly alerts?: true;
  /** Which HR sources there are. @default false */
  readonly hrSources?: true;
  /** Which activity sources there are. @default false */
  readonly activitySources?: true;
  /** Starting a run of the state machine that reconciles an application. @default false */
  readonly reconcile?: true;
  /** Starting the state machine of a review campaign. @default false */
  readonly openCampaigns?: true;
  /** Reading the populations of review campaigns. @default false */
  readonly campaignFiles?: true;
  /** The named queries over the audit lake: starting one, or reading what one has answered. @default neither */
  readonly lakeQueries?: 'start' | 'read';
}

/** By the stem of the handler's file. */
export type RouteDefinitions = Readonly<Record<string, RouteDefinition>>;

export interface Route extends RouteDefinition {
  /** The stem of the handler's file. */
  readonly name: string;
}

/** A route of people, which roles decide on. */
export interface OperatorRoute extends Route {
  readonly access: RoleScopes;
}

type Routes<Definitions extends RouteDefinitions> = {
  readonly [Name in keyof Definitions & string]: Definitions[Name] & { readonly name: Name };
};

/** Written `defineRoutes({ … } as const satisfies RouteDefinitions)`, so that a misspelt member does not compile. */
export function defineRoutes<Definitions extends RouteDefinitions>(definitions: Definitions): Routes<Definitions> {
  const named = Object.entries(definitions).map(([name, definition]) => [name, { ...definition, name }]);
  return Object.fromEntries(named) as Routes<Definitions>;
}

export function isOperatorRoute(route: Route): route is OperatorRoute {
  return typeof route.access === 'object';
}

/** Of the stores, what its function calls: what operators are shown or refused is put on record, whatever the route. */
export function storesOf(route: Route): StoreOperations {
  const {
    accessModel: _model,
    massErrorGuard: _guard,
    intake: _intake,
    manualConnectors: _manualConnectors,
    evidenceFiles: _evidenceFiles,
    erasure: _erasure,
    hrSources: _hrSources,
    activitySources: _activitySources,
    reconcile: _reconcile,
    alerts: _alerts,
    searchList: _searchList,
    openCampaigns: _openCampaigns,
    campaignFiles: _campaignFiles,
    lakeQueries: _lakeQueries,
    ...stores
  } = route.uses;
  if (!isOperatorRoute(route)) return stores;
  return { ...stores, audit: [...new Set([...(stores.audit ?? []), 'append' as const])] };
}

/** Every status that a caller of the route must be ready for, in order. */
export function problemsOf(route: Route): readonly ProblemStatus[] {
  const { access, path, query, body, bodies, problems = [] } = route;
  const reads = query !== undefined || body !== undefined || bodies !== undefined;
  const statuses: readonly (ProblemStatus | false)[] = [
    access !== 'open' && access !== 'link' && 401,
    isOperatorRoute(route) && 403,
    isOperatorRoute(route) && path.includes('{') && 404,
    reads && 422,
    429,
    500,
    isOperatorRoute(route) && 503,
    ...problems,
  ];
  return [...new Set(statuses.filter((status) => status !== false))].sort();
}
