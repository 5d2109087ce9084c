// Accounts in DynamoDB: an item per application in the identity's partition, found from the account's id by an index. A
// certificate has a partition of its own, so that it is not read with the identity each time.
import type { AccountRecord } from '../../core/access/account-record.ts';
import type { Certificate } from '../../core/removal/certificate.ts';
import { fromEnvironment } from '../environment.ts';
import { accountLookup, certificateKey, headerKey, IDENTITY_INDEXES } from '../identities/keys.ts';
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
import type { AccountStore } from './account-store.ts';

export function dynamoAccountStore(): AccountStore {
  return {
    async saveAccount({ identityId, account, audit }) {
      // What does not fit into the account's own transaction follows it: the intent, always in it, names every step.
      const puts = auditPuts(audit);
      const failed = await write([putAccount(identityId, account), ...puts.splice(0, TRANSACTION_ITEMS - 1)]);
      if (failed !== undefined) return false;
      while (puts.length > 0) await write(puts.splice(0, TRANSACTION_ITEMS));
      return true;
    },

    findLinked: (applicationId, accountId) => lookUp(accountLookup(applicationId, accountId)),

    saveRemoval({ identityId, removal, audit, certificate }) {
      return updateAudited(
        {
          Key: headerKey(identityId),
          UpdateExpression: 'SET removal = :removal',
          ConditionExpression: 'removal.version = :version',
          ExpressionAttributeValues: { ':removal': removal, ':version': removal.version },
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

function putAccount(identityId: string, record: AccountRecord): TransactItem {
  const { applicationId, account, revision } = record;
  const lookupKey = account && accountLookup(applicationId, account.accountId);
  return {
    Put: {
      TableName: fromEnvironment('identitiesTable'),
      Item: { pk: identityId, sk: `ACCOUNT#${applicationId}`, ...record, lookupKey },
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
      Item: { ...certificateKey(certificateId), certificateMonth: provenAt.slice(0, 7), provenAt, certificate },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}
