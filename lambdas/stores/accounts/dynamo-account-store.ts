// Accounts in DynamoDB: an item per application in the identity's partition, found from the account's id by an index. A
// certificate has a partition of its own, so that it is not read with the identity each time.
import type { AccountRecord } from '../../core/access/account-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Certificate } from '../../core/removal/certificate.ts';
import { dynamoAuditStore } from '../audit/dynamo-audit-store.ts';
import { fromEnvironment } from '../environment.ts';
import { accountKey, accountLookup, certificateKey, headerKey, IDENTITY_INDEXES } from '../identities/keys.ts';
import { lookUp } from '../identities/look-up.ts';
import {
  auditPuts,
  get,
  type Item,
  queryPage,
  TRANSACTION_ITEMS,
  type TransactItem,
  updateAudited,
  write,
} from '../identities/table.ts';
import { keptBytes, packed } from '../packed-items.ts';
import type { AccountStore, SaveAccount } from './account-store.ts';

/** Entries beside the account itself. */
const MAXIMUM_TOGETHER = TRANSACTION_ITEMS - 1;
/** DynamoDB takes 4 MB in one transaction, of which the account may be a tenth. */
const MAXIMUM_ENTRY_BYTES = 3_000_000;

export function dynamoAccountStore(): AccountStore {
  return {
    saveAccount,

    async saveAccounts(inputs) {
      const isWritten = inputs.length > 1 && fitTogether(inputs) && (await write(inputs.flatMap(putsOf))) === undefined;
      if (isWritten) return inputs.map(() => true);
      // Nothing is written: of one of them somebody knows better, which takes nothing from the others.
      return await Promise.all(inputs.map(saveAccount));
    },

    findLinked: (applicationId, accountId) => lookUp(accountLookup(applicationId, accountId)),

    saveRemoval({ identityId, removal, judgedVersion, audit, certificate }) {
      const isJudged = judgedVersion !== undefined;
      return updateAudited(
        {
          Key: headerKey(identityId),
          UpdateExpression: 'SET removal = :removal',
          ConditionExpression: `removal.version = :removalVersion${isJudged ? ' AND version = :judged' : ''}`,
          ExpressionAttributeValues: {
            ':removal': removal,
            ':removalVersion': removal.version,
            ...(isJudged && { ':judged': judgedVersion }),
          },
        },
        audit,
        ...(certificate === undefined ? [] : [putCertificate(certificate)]),
      );
    },

    async findCertificate(certificateId) {
      return (await get(certificateKey(certificateId)))?.['certificate'] as Certificate | undefined;
    },

    listCertificates({ month, ...page }) {
      const toCertificate = ({ certificate }: Item) => certificate as Certificate;
      return queryPage(IDENTITY_INDEXES.certificates, month, page, toCertificate, { latestFirst: true });
    },
  };
}

async function saveAccount({ identityId, account, audit }: SaveAccount): Promise<boolean> {
  // What does not fit into the account's own transaction goes before it. Should this end in between, the account is
  // still as the intent left it, so that the call is looked into, and what the log tells by then was done.
  const kept = putAccount(identityId, account);
  const [last = [], ...before] = inWrites(audit.toReversed(), MAXIMUM_TOGETHER);
  for (const together of before.toReversed()) await appendTogether(together.toReversed());
  return (await write([kept, ...auditPuts(last.toReversed())])) === undefined;
}

function putsOf({ identityId, account, audit }: SaveAccount): readonly TransactItem[] {
  return [putAccount(identityId, account), ...auditPuts(audit)];
}

function fitTogether(inputs: readonly SaveAccount[]): boolean {
  const items = inputs.reduce((sum, { audit }) => sum + 1 + audit.length, 0);
  const bytes = inputs.reduce((sum, { account, audit }) => sum + keptBytes(account) + keptBytes(audit), 0);
  return items <= TRANSACTION_ITEMS && bytes <= MAXIMUM_ENTRY_BYTES;
}

/** Where one is there already, each on its own. */
async function appendTogether(entries: readonly AuditEntry[]): Promise<void> {
  if ((await write(auditPuts(entries))) !== undefined) await dynamoAuditStore().append(entries);
}

/** As many together as one write takes, the first of them no more than so many. */
function inWrites(entries: readonly AuditEntry[], first: number): readonly (readonly AuditEntry[])[] {
  const writes: AuditEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = keptBytes(entry);
    const together = writes.at(-1);
    const most = writes.length === 1 ? first : TRANSACTION_ITEMS;
    if (together === undefined || together.length >= most || bytes + size > MAXIMUM_ENTRY_BYTES) {
      writes.push([entry]);
      bytes = size;
    } else {
      together.push(entry);
      bytes += size;
    }
  }
  return writes;
}

export function accountItem(identityId: string, record: AccountRecord): Item {
  const { applicationId, account } = record;
  const lookupKey = account && accountLookup(applicationId, account.accountId);
  const item = { ...accountKey(identityId, applicationId), ...record, lookupKey };
  return packed(item, `the record of the account in ${applicationId}`);
}

function putAccount(identityId: string, record: AccountRecord): TransactItem {
  const { revision } = record;
  return {
    Put: {
      TableName: fromEnvironment('identitiesTable'),
      Item: accountItem(identityId, record),
      ConditionExpression: revision === 1 ? 'attribute_not_exists(pk)' : 'revision = :before',
      ...(revision > 1 && { ExpressionAttributeValues: { ':before': revision - 1 } }),
    },
  };
}

function putCertificate(certificate: Certificate): TransactItem {
  const { certificateId, provenAt } = certificate;
  return {
    Put: {
      TableName: fromEnvironment('identitiesTable'),
      Item: packed(
        { ...certificateKey(certificateId), certificateMonth: provenAt.slice(0, 7), provenAt, certificate },
        'a certificate',
      ),
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}
