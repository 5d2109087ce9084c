// What each operation of the stores needs in IAM, in one table. A function names the operations it calls and gets
// exactly their actions on exactly their table or index; a test compares the names with the code.
import { Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { ALERTS_INDEX } from '../../lambdas/stores/activity/dynamo-activity-store.ts';
import type { HoldStore } from '../../lambdas/stores/holds/hold-store.ts';
import { IDENTITY_INDEXES } from '../../lambdas/stores/identities/keys.ts';
import type { StoreOperations, Stores } from '../../lambdas/stores/store-operations.ts';

export interface Tables {
  readonly identities: Table;
  readonly audit: Table;
  readonly rateLimits: Table;
  /** Where the sealed log is sequenced; only the functions that do so have it, and those that say where in it an entry is. */
  readonly log?: Table;
  /** Pseudonyms and keys of the sealed log. */
  readonly subjects: Table;
  /** How access is used, and the alerts. */
  readonly activity: Table;
  /** The key all are encrypted with. */
  readonly key: IKey;
}

/** What a function calls of each store. */
export type StoreAccess = StoreOperations;

type Action =
  | 'GetItem'
  | 'BatchGetItem'
  | 'Query'
  | 'Scan'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'ConditionCheckItem';
type Resource =
  | 'identities'
  | 'audit'
  | 'rateLimits'
  | 'log'
  | 'subjects'
  | 'activity'
  | 'alerts'
  | keyof typeof IDENTITY_INDEXES;
type Need = readonly [Resource, ...Action[]];

/** Entries go into the transaction of their effect; DynamoDB authorises each of its items as the action it stands for. */
const AUDITED: Need = ['audit', 'PutItem'];

type Needs = { readonly [Store in keyof Stores]: Readonly<Record<keyof Stores[Store], readonly Need[]>> };

/** All but the audit log, the sealed log, the rate limits, the pseudonyms and activity lie in the identities table. */
export const STORE_NEEDS: Needs = {
  facts: {
    findAcceptedEvent: [['identities', 'GetItem']],
    findKnown: [['identities', 'BatchGetItem']],
    findFacts: [['identities', 'BatchGetItem']],
    listAcceptedEvents: [['events', 'Query']],
    findOtherSpellings: [['identities', 'BatchGetItem']],
    recordFact: [['identities', 'ConditionCheckItem', 'PutItem', 'UpdateItem'], AUDITED],
    recordEffect: [['identities', 'PutItem', 'UpdateItem'], AUDITED],
  },
  leases: {
    acquireLease: [['identities', 'UpdateItem']],
    renewLease: [['identities', 'UpdateItem']],
    readMark: [['identities', 'GetItem']],
    saveConflicts: [['identities', 'UpdateItem'], AUDITED],
    fenceOff: [['identities', 'UpdateItem'], AUDITED],
    settleLease: [['identities', 'UpdateItem'], AUDITED],
    releaseLease: [['identities', 'UpdateItem'], AUDITED],
  },
  accounts: {
    saveAccount: [['identities', 'PutItem'], AUDITED],
    saveAccounts: [['identities', 'PutItem'], AUDITED],
    findLinked: [['lookup', 'Query']],
    saveRemoval: [['identities', 'PutItem', 'UpdateItem'], AUDITED],
    findCertificate: [['identities', 'GetItem']],
    listCertificates: [['certificates', 'Query']],
  },
  tasks: {
    openTask: [['identities', 'ConditionCheckItem', 'PutItem'], AUDITED],
    supersedeTasks: [['identities', 'ConditionCheckItem', 'PutItem'], AUDITED],
    saveTask: [['identities', 'PutItem'], AUDITED],
    listTasks: [['tasks', 'Query']],
    saveWaitingToken: [['identities', 'PutItem']],
    listWaitingTokens: [['identities', 'Query']],
    forgetWaitingToken: [['identities', 'DeleteItem']],
  },
  directory: {
    load: [['identities', 'Query']],
    glimpse: [['identities', 'GetItem', 'Query']],
    listIdentities: [
      ['directory', 'Scan'],
      ['byManager', 'Query'],
    ],
    listOwnedBy: [['byOwner', 'Query']],
    findByEmail: [['lookup', 'Query']],
    claimAddress: [['identities', 'GetItem', 'UpdateItem']],
    listDue: [['nextCheck', 'Query']],
    saveNextCheck: [['identities', 'UpdateItem']],
    saveNextChecks: [['identities', 'UpdateItem'], AUDITED],
    moveCheck: [['identities', 'UpdateItem']],
    saveUndelivered: [['identities', 'UpdateItem']],
  },
  modelChanges: {
    saveModel: [['identities', 'PutItem']],
    findModel: [['identities', 'Query']],
    noteInUse: [['identities', 'GetItem', 'PutItem']],
    listInUse: [['identities', 'Query']],
    forgetInUse: [['identities', 'DeleteItem']],
    findWalk: [['identities', 'GetItem']],
    saveWalk: [['identities', 'PutItem'], AUDITED],
    findSettings: [['identities', 'GetItem']],
    saveSettings: [['identities', 'PutItem'], AUDITED],
    noteConcerned: [['identities', 'PutItem']],
    listConcerned: [['identities', 'Query']],
    findLosing: [['identities', 'GetItem']],
  },
  audit: {
    append: [AUDITED],
    list: [['audit', 'Query']],
    listAll: [['audit', 'Scan']],
  },
  log: {
    readHead: [['log', 'GetItem']],
    readPositions: [['log', 'BatchGetItem']],
    commit: [['log', 'PutItem', 'UpdateItem']],
    readBatch: [['log', 'GetItem']],
    findRoot: [['log', 'GetItem']],
    fixCheckpoint: [['log', 'ConditionCheckItem', 'PutItem', 'UpdateItem']],
    readKeyEnds: [['log', 'GetItem']],
    endKey: [['log', 'PutItem']],
    readSealed: [['log', 'GetItem']],
    saveSealed: [['log', 'PutItem']],
    findCatchUp: [['log', 'GetItem']],
    saveCatchUp: [['log', 'PutItem']],
  },
  erasures: {
    freeze: [['identities', 'UpdateItem']],
    noteInLake: [['activity', 'GetItem', 'PutItem', 'Query']],
    isLakeSearched: [['activity', 'GetItem']],
    listLakeErasures: [['activity', 'Query']],
    eraseUnknown: [['activity', 'DeleteItem']],
    noteLakeSearched: [['activity', 'UpdateItem']],
    eraseTraces: [['identities', 'DeleteItem', 'GetItem']],
    eraseEntries: [['audit', 'DeleteItem', 'Query']],
    eraseIdentity: [
      ['identities', 'DeleteItem', 'GetItem', 'PutItem', 'Query'],
      ['activity', 'DeleteItem', 'GetItem', 'PutItem', 'Query'],
    ],
  },
  holds: {
    openHold: [['identities', 'GetItem', 'PutItem'], AUDITED],
    findHold: [['identities', 'GetItem']],
    listHolds: [['identities', 'Query']],
    markAlerted: [['identities', 'UpdateItem']],
    addHeld: [['identities', 'ConditionCheckItem', 'PutItem']],
    listHeld: [['identities', 'Query']],
    isHeld: [['identities', 'GetItem']],
    removeHeld: [['identities', 'DeleteItem']],
    decideHold: [['identities', 'UpdateItem'], AUDITED],
    closeHold: [['identities', 'UpdateItem'], AUDITED],
    noteErasure: [['identities', 'UpdateItem']],
    callOff: [['identities', 'UpdateItem'], AUDITED],
    closeErasure: [['identities', 'UpdateItem']],
    noteDisabling: [['identities', 'PutItem']],
    listDisabling: [['identities', 'Query']],
    savePopulation: [['identities', 'PutItem']],
    findPopulation: [['identities', 'GetItem']],
  },
  notices: {
    wake: [['identities', 'UpdateItem']],
    listWatched: [['nextCheck', 'Query']],
    saveWatch: [['identities', 'UpdateItem']],
    note: [['identities', 'PutItem']],
    listAsked: [['identities', 'Query']],
    listDue: [['nextCheck', 'Query']],
    listDueOf: [['identities', 'Query']],
    take: [['identities', 'UpdateItem']],
    putBack: [['identities', 'UpdateItem']],
    saveLink: [['identities', 'PutItem']],
    findLink: [['identities', 'GetItem']],
  },
  rateLimits: {
    load: [['rateLimits', 'GetItem']],
    save: [['rateLimits', 'UpdateItem']],
    reserve: [['rateLimits', 'UpdateItem']],
    delay: [['rateLimits', 'UpdateItem']],
  },
  people: {
    findIdentity: [['identities', 'GetItem']],
    findPerson: [['identities', 'GetItem']],
    tie: [['identities', 'GetItem', 'PutItem']],
  },
  reconciliations: {
    find: [['identities', 'GetItem']],
    list: [['identities', 'Query']],
    begin: [['identities', 'UpdateItem'], AUDITED],
    advance: [['identities', 'UpdateItem']],
    finish: [['identities', 'UpdateItem'], AUDITED],
    decide: [['identities', 'UpdateItem'], AUDITED],
    saveList: [['identities', 'UpdateItem'], AUDITED],
    saveFindings: [['identities', 'UpdateItem']],
    countFindings: [['identities', 'Query']],
    listFindings: [['identities', 'Query']],
    saveSightings: [['identities', 'PutItem']],
    readSightings: [['identities', 'Query']],
  },
  activity: {
    recall: [['activity', 'BatchGetItem']],
    remember: [['activity', 'PutItem'], AUDITED],
    findAlerts: [['activity', 'BatchGetItem']],
    listAlerts: [['alerts', 'Query']],
    saveAlert: [['activity', 'PutItem'], AUDITED],
    listMutes: [['activity', 'Query']],
    endMute: [['activity', 'UpdateItem'], AUDITED],
    findByClues: [['activity', 'BatchGetItem']],
    saveClues: [['activity', 'GetItem', 'PutItem']],
    noteEmergency: [['activity', 'PutItem']],
    listEmergencies: [['alerts', 'Query']],
    noteUnknown: [['activity', 'UpdateItem']],
    listUnknown: [['activity', 'Query']],
    noteFetched: [['activity', 'PutItem']],
    listFetched: [['activity', 'Query']],
    readCursor: [['activity', 'GetItem']],
    saveCursor: [['activity', 'PutItem']],
  },
  campaigns: {
    beginCampaign: [['identities', 'PutItem'], AUDITED],
    findCampaign: [['identities', 'GetItem']],
    saveCampaign: [['identities', 'PutItem'], AUDITED],
    listCampaigns: [['identities', 'Query']],
    listParts: [['identities', 'Query']],
    savePart: [['identities', 'PutItem']],
    savePerson: [['identities', 'PutItem']],
    findPerson: [['identities', 'GetItem']],
    listQueue: [['identities', 'Query']],
    listRows: [['identities', 'Query']],
    countRow: [['identities', 'UpdateItem']],
    moveRows: [['identities', 'DeleteItem', 'PutItem']],
    beginBatch: [['identities', 'GetItem', 'PutItem']],
    listBatches: [['identities', 'Query']],
    endBatch: [['identities', 'DeleteItem']],
  },
  signals: {
    findTaken: [['identities', 'GetItem']],
    saveTaken: [['identities', 'PutItem'], AUDITED],
    findVerified: [['identities', 'GetItem']],
    saveVerified: [['identities', 'PutItem']],
    wasTold: [['identities', 'GetItem']],
    saveTold: [['identities', 'PutItem']],
  },
  streams: {
    createStream: [['identities', 'PutItem']],
    findStream: [['identities', 'GetItem']],
    saveStream: [['identities', 'PutItem']],
    deleteStream: [['identities', 'DeleteItem']],
    putSignal: [['identities', 'PutItem'], AUDITED],
    findSignal: [['identities', 'GetItem']],
    listSignals: [['identities', 'Query']],
    finishSignals: [['identities', 'DeleteItem']],
  },
  subjects: {
    subjectsOf: [['subjects', 'BatchGetItem', 'PutItem']],
    findPseudonyms: [['subjects', 'BatchGetItem']],
    findSubjects: [['subjects', 'BatchGetItem']],
    findForgotten: [['subjects', 'BatchGetItem']],
    resolve: [['subjects', 'BatchGetItem']],
    forget: [['subjects', 'BatchGetItem', 'DeleteItem', 'PutItem']],
  },
};

export const STORES = Object.keys(STORE_NEEDS) as readonly (keyof Stores)[];

/** What judging a delivery takes. */
export const GUARDING: readonly (keyof HoldStore)[] = [
  'addHeld',
  'findPopulation',
  'listDisabling',
  'markAlerted',
  'noteDisabling',
  'openHold',
  'savePopulation',
];

/** DynamoDB uses the table's key in the caller's name ("Using IAM policies for customer managed keys"). */
const KEY_READ = ['kms:Decrypt', 'kms:DescribeKey'];
const KEY_WRITE = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

export function grantStoreAccess(role: IRole, tables: Tables, access: StoreAccess): void {
  const needs = STORES.flatMap((store) => needsOf(store, access));
  if (needs.length === 0) return;
  const actionsOn = new Map<Resource, Set<Action>>();
  for (const [resource, ...actions] of needs) {
    actionsOn.set(resource, new Set([...(actionsOn.get(resource) ?? []), ...actions]));
  }
  for (const [resource, actions] of actionsOn) {
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: [...actions].sort().map((action) => `dynamodb:${action}`),
        resources: [arnOf(tables, resource)],
      }),
    );
  }
  const writes = needs.some(([, ...actions]) => actions.some((action) => WRITES.has(action)));
  role.addToPrincipalPolicy(keyStatement(role, tables.key, writes));
}

function needsOf(store: keyof Stores, { [store]: operations = [] }: StoreAccess): readonly Need[] {
  const needs: Readonly<Record<string, readonly Need[]>> = STORE_NEEDS[store];
  return operations.flatMap((operation) => needs[operation] ?? []);
}

const WRITES: ReadonlySet<Action> = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

function arnOf({ identities, audit, rateLimits, log, subjects, activity }: Tables, resource: Resource): string {
  if (resource === 'identities') return identities.tableArn;
  if (resource === 'audit') return audit.tableArn;
  if (resource === 'rateLimits') return rateLimits.tableArn;
  if (resource === 'log') return requireLog(log).tableArn;
  if (resource === 'subjects') return subjects.tableArn;
  if (resource === 'activity') return activity.tableArn;
  if (resource === 'alerts') return `${activity.tableArn}/index/${ALERTS_INDEX.indexName}`;
  return `${identities.tableArn}/index/${IDENTITY_INDEXES[resource].indexName}`;
}

export function requireLog(log: Table | undefined): Table {
  if (log === undefined) throw new Error('a function works with the log where there is no table of it');
  return log;
}

/** On the role rather than in the key's policy, which would tie the key's stack to every stack that uses it. */
function keyStatement(role: IRole, key: IKey, writes: boolean): PolicyStatement {
  return new PolicyStatement({
    actions: writes ? [...KEY_READ, ...KEY_WRITE] : KEY_READ,
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(role).region}.amazonaws.com` } },
  });
}
