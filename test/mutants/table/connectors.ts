// Mistakes in what target systems are asked and told.
import { inFile, type Mutant } from '../mutant.ts';

const FINDING = ['test/connectors/contract/account-finding.test.ts'] as const;
const SCIM = ['test/connectors/scim/scim.test.ts', 'test/connectors/contract.test.ts'] as const;
const HTTP = ['test/connectors/http/http.test.ts'] as const;
const CENTER = ['test/connectors/residual-windows.test.ts', 'test/connectors/aws/identity-center.test.ts'] as const;
const TICKETS = [
  'test/connectors/manual/ticket-webhook.test.ts',
  'test/handlers/systems/service-desk.test.ts',
] as const;

export const CONNECTOR_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/connectors/contract/account-finding.ts',
    {
      id: 'link-without-owner',
      find: 'return requireOwn(linked);',
      replace: 'return linked;',
      breaks: 'a link leads to an account that is somebody else’s by now',
      suites: FINDING,
    },
    {
      id: 'ids-without-case',
      find: 'identityOf(account) === identityId && ',
      replace: 'identityOf(account)?.toLowerCase() === identityId.toLowerCase() && ',
      breaks: 'e1001 takes over the account of E1001',
      suites: FINDING,
    },
    {
      id: 'reserved-by-link',
      find: 'linked !== undefined && !(await isReserved(linked))',
      replace: 'linked !== undefined',
      breaks: 'Tenure goes on to work on its own account',
      suites: FINDING,
    },
    {
      id: 'reserved-by-name',
      find: 'named !== undefined && (await isReserved(named))',
      replace: 'named !== undefined && named === claimed[0]',
      breaks: 'an identity called `tenure` takes Tenure’s own account',
      suites: FINDING,
    },
    {
      id: 'namesake-adopted',
      find: 'owner === undefined || owner === identityId',
      replace: 'owner !== undefined || owner === identityId',
      breaks: 'an account is taken from whom it belongs to',
      suites: FINDING,
    },
    {
      id: 'first-of-several',
      find: 'claimed.length > 1',
      replace: 'claimed.length > 2',
      breaks: 'of two accounts with one identity one is never seen again',
      suites: FINDING,
    },
  ),
  ...inFile(
    'lambdas/connectors/scim/scim-reader.ts',
    {
      id: 'other-resource-taken',
      find: 'if (isSameId(resource.id, id)) return resource;',
      replace: 'if (resource.id !== undefined) return resource;',
      breaks: 'a provider that answers with another account has that one disabled',
      suites: SCIM,
    },
    {
      id: 'filter-believed',
      find: 'found.length > 0 || (await this.#finds(path, attribute))',
      replace: 'found.length >= 0',
      breaks: 'a provider that does not know the filter proves that nobody is there',
      suites: SCIM,
    },
    {
      id: 'wrong-base-url-is-nobody',
      find: 'if (!(error instanceof NotFoundError)) throw error;\n      throw new PermanentError(',
      replace:
        'if (!(error instanceof NotFoundError)) throw error;\n      return { Resources: [], totalResults: 0 };\n      new PermanentError(',
      breaks: 'a wrong address proves that every leaver is gone',
      suites: SCIM,
    },
    {
      id: 'total-believed',
      find: "if (query['filter'] !== undefined && isSaid && resources.length < count",
      replace: 'if (isSaid && resources.length <= count',
      breaks: 'a provider that means the page by totalResults hides all other pages',
      suites: SCIM,
    },
    {
      id: 'stuck-paging-ends',
      find: 'if (total > had) throw stuck();',
      replace: '',
      breaks: 'a list that stops half-way passes for the whole',
      suites: SCIM,
    },
  ),
  ...inFile('lambdas/connectors/scim/provider-findings.ts', {
    id: 'findings-for-ever',
    find: 'if (known !== undefined && nowMs < known.untilMs) return known.findings;',
    replace: 'if (known !== undefined) return known.findings;',
    breaks: 'a provider is believed to do what it did when the function began',
    suites: SCIM,
  }),
  ...inFile(
    'lambdas/connectors/scim/scim-groups.ts',
    {
      id: 'silent-group-is-empty',
      find: 'const silent = listed.filter(isSilent);',
      replace: 'const silent = listed.filter(isHidden);',
      breaks: 'a group whose list of members is left empty in a listing has none: a false proof',
      suites: SCIM,
    },
    {
      id: 'stale-groups-overlooked',
      find: "value === undefined || type === 'indirect' || known.has(value)",
      replace: "value === undefined || type !== 'indirect' || known.has(value)",
      breaks: 'a membership that only the user shows is overlooked',
      suites: SCIM,
    },
    {
      id: 'deaf-filter-believed',
      find: 'if (await this.#canFind()) return found;',
      replace: 'return found;',
      breaks: 'a filter that finds nobody proves everything',
      suites: SCIM,
    },
    {
      id: 'filter-ignored-by-provider',
      find: 'const isHeeded = (await this.#byMember(NOBODY)).length === 0;',
      replace: 'const isHeeded = (await this.#byMember(NOBODY)).length >= 0;',
      breaks: 'a provider that ignores filters reports every group as held',
      suites: SCIM,
    },
  ),
  ...inFile(
    'lambdas/connectors/scim/scim.ts',
    {
      id: 'disable-gone-fails',
      find: 'await this.#setActive(account, false).catch((error: unknown) => {\n      if (!(error instanceof NotFoundError)) throw error;\n    });',
      replace: 'await this.#setActive(account, false);',
      breaks: 'a leaver whose account is gone already fails for ever',
      suites: SCIM,
    },
    {
      id: 'members-not-removed-first',
      find: '    for (const group of held) await this.#removeMember(account, group);\n    try {',
      replace: '    try {',
      breaks: 'memberships outlive the account that is deleted',
      suites: SCIM,
    },
    {
      id: 'overwrites-a-newer-change',
      find: 'const version = await this.#usableVersion(account.accountId);',
      replace: 'const version = undefined;',
      breaks: 'what somebody else changed meanwhile is undone',
      suites: SCIM,
    },
    {
      id: 'missing-group-passes',
      find: 'throw new PermanentError(`SCIM: there is no group',
      replace: 'return void new PermanentError(`SCIM: there is no group',
      breaks: 'a grant that does not exist is taken for given',
      suites: SCIM,
    },
  ),
  ...inFile('lambdas/connectors/scim/scim-user.ts', {
    id: 'text-false-is-true',
    find: '!/^(false|0|no|inactive)$/i.test(text)',
    replace: "text !== ''",
    breaks: 'an account with active: "False" counts as usable',
    suites: SCIM,
  }),
  ...inFile('lambdas/connectors/scim/scim-bulk.ts', {
    id: 'bulk-believed',
    find: 'answer !== undefined && this.#isDone(answer.status, answer.response)',
    replace: 'answer !== undefined',
    breaks: 'a bulk operation that failed counts as done',
    suites: SCIM,
  }),
  ...inFile('lambdas/connectors/scim/lenient.ts', {
    id: 'uuid-with-its-case',
    find: 'one === other || (UUID.test(one) && one.toLowerCase() === other.toLowerCase())',
    replace: 'one === other',
    breaks: 'a membership under the same UUID in capitals is overlooked',
    suites: SCIM,
  }),
  ...inFile(
    'lambdas/connectors/http/http.ts',
    {
      id: 'refusal-taken-for-success',
      find: 'if (!isDone(now?.account)) throw refusal;',
      replace: '',
      breaks: 'an account that the application would not disable counts as disabled',
      suites: HTTP,
    },
    {
      id: 'namesake-chosen',
      find: "if (chosen.length > 1) throw new ConflictError('HTTP: several accounts have the user name');",
      replace: '',
      breaks: 'of two accounts of one name the first is taken',
      suites: HTTP,
    },
    {
      id: 'held-twice-taken-once',
      find: 'held.map(({ id }) => id) : [undefined]',
      replace: 'held.slice(0, 1).map(({ id }) => id) : [undefined]',
      breaks: 'a grant that is held twice stays',
      suites: HTTP,
    },
  ),
  ...inFile(
    'lambdas/connectors/http/http-template.ts',
    {
      id: 'value-looked-into',
      find: 'json === undefined ? String(value) : JSON.stringify(String(value))',
      replace: 'json === undefined ? String(value) : `"${value}"`',
      breaks: 'a quote in a name changes the filter around it',
      suites: HTTP,
    },
    {
      id: 'numbers-become-text',
      find: "values[alone[2] ?? ''] ?? (missing",
      replace: "values[alone[2] ?? '']?.toString() ?? (missing",
      breaks: 'a number in a body becomes text',
      suites: HTTP,
    },
  ),
  ...inFile(
    'lambdas/connectors/http/http-description.ts',
    {
      id: 'about-everybody',
      find: 'about !== undefined && !about.some((each) => used.has(each))',
      replace: 'about !== undefined && about.length === 0',
      breaks: 'a request that names no account would disable all of them',
      suites: HTTP,
    },
    {
      id: 'nobody-cut-off',
      find: 'requests.disable === undefined && requests.delete === undefined',
      replace: 'requests.disable === undefined && requests.enable !== undefined',
      breaks: 'an application in which nobody can be cut off is accepted',
      suites: HTTP,
    },
  ),
  ...inFile(
    'lambdas/connectors/manual/ticket-webhook.ts',
    {
      id: 'ticket-opened-twice',
      find: 'if ((await this.findTicket(request.taskId)) === undefined) await this.#open(request);',
      replace: 'await this.#open(request);',
      breaks: 'each pass opens another ticket',
      suites: TICKETS,
    },
    {
      id: 'closed-ticket-closed-again',
      find: "if (ticket?.status === 'open') await",
      replace: 'if (ticket !== undefined) await',
      breaks: 'a ticket that somebody resolved is closed over their head',
      suites: TICKETS,
    },
  ),
  ...inFile(
    'lambdas/connectors/aws/identity-center.ts',
    {
      id: 'shorter-residual-window',
      find: 'Math.max(roleHours, applicationHours)',
      replace: 'Math.min(roleHours, applicationHours)',
      breaks: 'a removal is proven while a session is still open',
      suites: CENTER,
    },
    {
      id: 'sign-in-cache-forgotten',
      find: 'SIGN_IN_HOURS + longestSessionHours',
      replace: 'longestSessionHours',
      breaks: 'a role session that began with the cached sign-in outlasts the proof',
      suites: CENTER,
    },
    {
      id: 'memberships-left-behind',
      find: 'await this.#deleteMemberships(await this.#memberships(account.accountId));',
      replace: '',
      breaks: 'whoever gets that user id back has the access of a leaver',
      suites: CENTER,
    },
  ),
];
