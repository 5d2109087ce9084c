// Mistakes in the access model: its conditions, its files, and the settings of a deployment.
import { inFile, type Mutant } from '../mutant.ts';

const PATTERN = ['test/core/access-model/event-pattern.test.ts'] as const;
const COMPILED = ['test/reference/compiled-model.test.ts'] as const;
const DATA = ['test/lib/stacks-data.test.ts', 'test/lib/stacks-permissions.test.ts'] as const;
const FILES = ['test/lib/access-model.test.ts'] as const;

export const ACCESS_MODEL_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/core/access-model/event-pattern.ts',
    {
      id: 'absent-is-anything-but',
      find: 'return (value) => value !== undefined && !excludes(value);',
      replace: 'return (value) => !excludes(value);',
      breaks: 'who has no department is in "any but Sales"',
      suites: PATTERN,
    },
    {
      id: 'less-or-equal',
      find: 'return value < bound;',
      replace: 'return value <= bound;',
      breaks: 'a bound is one off',
      suites: PATTERN,
    },
    {
      id: 'wildcard-pieces-overlap',
      find: 'text.length < first.length + last.length || ',
      replace: '',
      breaks: '`ab*ba` matches `aba`',
      suites: PATTERN,
    },
  ),
  ...inFile(
    'lambdas/core/access-model/compiled-patterns.ts',
    {
      id: 'any-condition-is-enough',
      find: 'standing[word] = (standing[word] ?? 0) & (rows[word] ?? 0)',
      replace: 'standing[word] = (standing[word] ?? 0) | (rows[word] ?? 0)',
      breaks: 'who matches one condition of a profile gets all of it',
      suites: PATTERN,
    },
    {
      id: 'branch-without-its-branches',
      find: 'if (has(this.#standing, row) && has(this.#met, row)) add(',
      replace: 'if (has(this.#standing, row)) add(',
      breaks: 'a branch of `$or` holds though none of its own branches does',
      suites: PATTERN,
    },
    {
      id: 'no-branch-needed',
      find: 'for (const parent of parents) remove(this.#withoutBranches, parent);',
      replace: '',
      breaks: 'whoever meets what stands around `$or` needs none of its branches',
      suites: PATTERN,
    },
    {
      id: 'inherited-attribute-matches',
      find: 'Object.hasOwn(attributes, name) ? attributes[name] : undefined',
      replace: 'attributes[name]',
      breaks: 'a condition on `constructor` is met by everybody',
      suites: PATTERN,
    },
    {
      id: 'first-word-only',
      find: 'word * 32 + 31 - Math.clz32(bits & -bits)',
      replace: '31 - Math.clz32(bits & -bits)',
      breaks: 'of more than 32 profiles the later ones are taken for the first',
      suites: COMPILED,
    },
  ),
  ...inFile(
    'lambdas/core/access-model/attribute-conditions.ts',
    {
      id: 'every-profile-for-everybody',
      find: '      remove(free, row);\n',
      replace: '',
      breaks: 'everybody gets everything',
      suites: COMPILED,
    },
    {
      id: 'values-without-end',
      find: 'if (this.#metBytes <= this.#maximumBytes) before.more.set(asked, met);',
      replace: 'if (this.#metBytes >= 0) before.more.set(asked, met);',
      breaks: 'values from outside fill the memory of a function',
      suites: COMPILED,
    },
  ),
  ...inFile('lambdas/core/bounded-memo.ts', {
    id: 'memo-without-bound',
    find: 'if (this.#youngWeight + weight > this.#halfWeight) {',
    replace: 'if (weight > this.#halfWeight) {',
    breaks: 'values from outside fill the memory of a function',
    suites: ['test/core/bounded-memo.test.ts'],
  }),
  ...inFile(
    'lib/access-model/load-access-model.ts',
    {
      id: 'same-grant-twice',
      find: 'else if (first.value.id !== written.value.id) {',
      replace: 'else if (first.value.id === written.value.id) {',
      breaks: 'taking one entitlement away takes another with it',
      suites: FILES,
    },
    {
      id: 'unknown-entitlement-passes',
      find: 'if (judged && !known.has(reference)) {',
      replace: 'if (!judged && !known.has(reference)) {',
      breaks: 'a misspelt entitlement is given to nobody, and nobody notices',
      suites: FILES,
    },
    {
      id: 'model-hash-by-order',
      find: 'applications: [...applications].sort(byId),',
      replace: 'applications: [...applications].reverse(),',
      breaks: 'the same model has another hash on another machine',
      suites: FILES,
    },
    {
      id: 'override-unchecked',
      find: 'if (!known.has(id)) faults.inOverrides',
      replace: 'if (known.size === 0) faults.inOverrides',
      breaks: 'settings of an application that is not there are taken in silence',
      suites: FILES,
    },
    {
      id: 'unknown-owner-passes',
      find: 'ownerIds !== undefined && !ownerIds.has(content.owner)',
      replace: 'ownerIds === undefined && content.owner === undefined',
      breaks: 'nobody answers for an application',
      suites: FILES,
    },
  ),
  ...inFile('lib/access-model/never-matching.ts', {
    id: 'dead-branch-alone',
    find: '$or: [inner] })),',
    replace: '$or: [inner, {}] })),',
    breaks: 'a branch that contradicts what stands around it is not noticed',
    suites: FILES,
  }),
  ...inFile(
    'lib/config.ts',
    {
      id: 'data-not-retained',
      find: 'retainData: z.boolean().default(true)',
      replace: 'retainData: z.boolean().default(false)',
      breaks: 'deleting a stack deletes the audit log',
      suites: ['test/lib/config.test.ts'],
    },
    {
      id: 'http-issuer',
      find: 'z.url({ protocol: /^https$/,',
      replace: 'z.url({ protocol: /^https?$/,',
      breaks: 'keys of an issuer are fetched in the clear',
      suites: ['test/lib/config.test.ts'],
    },
    {
      id: 'precedence-of-nobody',
      find: 'if (ids.includes(source)) continue;',
      replace: 'if (ids.length > 0) continue;',
      breaks: 'a misspelt HR source never counts more',
      suites: ['test/lib/config.test.ts'],
    },
  ),
  ...inFile(
    'lib/constructs/store-access.ts',
    {
      id: 'audit-log-may-be-changed',
      find: "const AUDITED: Need = ['audit', 'PutItem'];",
      replace: "const AUDITED: Need = ['audit', 'PutItem', 'UpdateItem'];",
      breaks: 'every function may change audit entries',
      suites: DATA,
    },
    {
      id: 'whole-table-for-an-index',
      find: 'return `${identities.tableArn}/index/${IDENTITY_INDEXES[resource].indexName}`;',
      replace: 'return identities.tableArn;',
      breaks: 'who may look somebody up may query every identity',
      suites: DATA,
    },
    {
      id: 'key-by-any-service',
      find: "    conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(role).region}.amazonaws.com` } },\n",
      replace: '',
      breaks: 'a function may decrypt with the table’s key by itself',
      suites: ['test/lib/stacks-permissions.test.ts'],
    },
  ),
  ...inFile('lib/constructs/service-function.ts', {
    id: 'roles-without-a-path',
    find: '      path: props.rolePath ?? functionRolePath(settings),\n',
    replace: '',
    breaks: 'the audit table refuses every entry where the prefix is long',
    suites: ['test/lib/stacks-data.test.ts'],
  }),
  ...inFile('lib/constructs/api/operator-directory.ts', {
    id: 'user-pool-imported',
    find: 'CrossStackReferences.of(named).produce(ReferenceStrength.BOTH);',
    replace: 'CrossStackReferences.of(named).produce(ReferenceStrength.STRONG);',
    breaks: 'oidc cannot be switched on: CloudFormation refuses to take an export away that is in use',
    suites: ['test/lib/upgrades.test.ts'],
  }),
  ...inFile('lib/constructs/systems/connector-function.ts', {
    id: 'secrets-of-all-connectors',
    find: '        conditions: { StringEquals: { [`aws:ResourceTag/${CONNECTOR_TAG}`]: key } },\n',
    replace: '',
    breaks: 'a connector sees the secrets of all systems',
    suites: ['test/lib/stacks-permissions.test.ts'],
  }),
  ...inFile('lib/constructs/systems/function-network.ts', {
    id: 'own-code-in-the-vpc',
    find: '      effect: Effect.DENY,\n',
    replace: '',
    breaks: 'the code of a connector may make network interfaces in any subnet',
    suites: ['test/lib/networks.test.ts'],
  }),
  ...inFile('lib/constructs/function-alarms.ts', {
    id: 'throttles-of-the-first-function-only',
    find: 'sumOf(some.map((each) => each.metricThrottles',
    replace: 'sumOf(some.slice(0, 1).map((each) => each.metricThrottles',
    breaks: 'nobody is told that most functions are turned away',
    suites: ['test/lib/alarms.test.ts'],
  }),
];
