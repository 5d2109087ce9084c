// What is left of a row of the lake of activity when somebody is taken out of it: of their own what was done, of others' all but
// them. The rows are written out here as the lake's columns have them.
import { describe, expect, it } from 'vitest';
import type { IdentityRecord } from '../../../lambdas/core/access/identity-record.ts';
import type { ActivityRow } from '../../../lambdas/core/detection/activity-lake.ts';
import {
  clueHash,
  eraseFromRow,
  isDistinct,
  type LakeErasure,
  lakeTracesOf,
  soughtOf,
  wordHash,
} from '../../../lambdas/core/detection/lake-erasure.ts';

const ACCOUNT = { by: 'account', value: 'U-771', applicationId: 'crm' } as const;
const SHORT = { by: 'user-name', value: 'mark', applicationId: 'crm' } as const;
const ERASED: LakeErasure = {
  erasureId: 'h1',
  clues: [ACCOUNT, SHORT].map(clueHash),
  words: ['U-771', 'Ada@example.com', 'E7734'].map(wordHash),
  names: ['Ada King Lovelace', 'Zoë King'].map(wordHash),
  actors: [],
};
const sought = soughtOf([ERASED]);

const party = (...clues: readonly object[]) => ({ clues, kind: 'person' });
const parties = (who: object, target?: object) => JSON.stringify({ who, ...(target && { target }) });
const row = (changes: Readonly<Record<string, unknown>>): ActivityRow =>
  ({
    time: 1,
    logged_time: 2,
    class_uid: 3001,
    status: 'Success',
    metadata: { uid: 'r1', log_name: 'crm-log', event_code: 'user.update' },
    actor: { user: { uid: 'U-9', name: 'grace' } },
    user: { uid: 'U-10' },
    src_endpoint: { ip: '192.0.2.1' },
    http_request: { user_agent: 'Agent' },
    raw_data: '{"a":1}',
    ...changes,
    unmapped: {
      action: 'other',
      application: 'crm',
      grants: ['admins'],
      parties: parties(party({ by: 'account', value: 'U-9', applicationId: 'crm' })),
      ...(changes['unmapped'] as object),
    },
  }) as ActivityRow;
const left = (changes: Readonly<Record<string, unknown>>) => eraseFromRow(row(changes), sought);

describe('of a row', () => {
  it('that says nothing of them everything stays', () => {
    expect(left({})).toBeUndefined();
    // Of another application it is another's.
    const others = parties(party({ ...SHORT, applicationId: 'shop' }));
    expect(left({ unmapped: { parties: others } })).toBeUndefined();
  });

  it('of their own what was done stays, and whom it was done to', () => {
    const own = { actor: { user: { uid: 'other' } }, unmapped: { parties: parties(party(SHORT), party()) } };
    const { parties: _gone, ...unmapped } = { action: 'other', application: 'crm', parties: '' };
    expect(left(own)).toEqual({
      time: 1,
      logged_time: 2,
      class_uid: 3001,
      status: 'Success',
      metadata: { uid: 'r1', log_name: 'crm-log', event_code: 'user.update' },
      user: { uid: 'U-10' },
      unmapped: { ...unmapped, parties: parties({ clues: [], kind: 'person' }, party()) },
    });
    expect(left({ ...own, unmapped: { parties: parties(party(SHORT)) } })).not.toHaveProperty('user');
  });

  it('that is about them who did it stays', () => {
    const about = left({ unmapped: { parties: parties(party({ by: 'account', value: 'U-9' }), party(ACCOUNT)) } });
    expect(about).toMatchObject({
      actor: { user: { uid: 'U-9' } },
      src_endpoint: { ip: '192.0.2.1' },
      unmapped: { grants: ['admins'], parties: parties(party({ by: 'account', value: 'U-9' }), party()) },
    });
    expect(about).not.toHaveProperty('user');
    expect(about).not.toHaveProperty('raw_data');
  });

  it.each([
    ['an address among others', { raw_data: '{"to":["x@example.com","ADA@example.com"]}' }],
    ['an address in a sentence', { raw_data: '{"text":"sent to <ada@example.com>."}' }],
    ['an id in a path', { raw_data: '{"arn":"arn:aws:iam::1:user/E7734"}' }],
    ['a name of a member', { raw_data: '{"members":{"ada@example.com":true}}' }],
    ['a name in a sentence', { raw_data: '{"text":"Removed Ada King  Lovelace, who left"}' }],
    ['text that is no JSON', { raw_data: 'user=ada@example.com' }],
    ['a name whose accent is a letter of its own', { raw_data: JSON.stringify({ a: 'by ZOË king'.normalize('NFD') }) }],
  ])('%s takes the record as it came away, and nothing else', (_, changes) => {
    const { raw_data: _raw, ...others } = row({});
    expect(left(changes)).toEqual(others);
  });

  it('the text that names them goes, the others stay', () => {
    expect(left({ unmapped: { grants: ['admins', 'of ada@example.com'] } })).toMatchObject({
      actor: { user: { uid: 'U-9', name: 'grace' } },
      unmapped: { grants: ['admins'] },
    });
    // A namesake is not them: all but the name is theirs.
    expect(left({ actor: { user: { uid: 'U-9', name: 'Ada King Lovelace' } } })).toMatchObject({
      actor: { user: { uid: 'U-9', name: undefined } },
      src_endpoint: { ip: '192.0.2.1' },
    });
  });

  it('its id stays one by which it is counted', () => {
    const named = left({ metadata: { uid: 'login of ada@example.com', log_name: 'crm-log' } });
    expect(named).toHaveProperty('metadata.uid', expect.stringMatching(/^[0-9a-f]{32}$/));
  });

  it('nothing is found a second time', () => {
    const once = left({ unmapped: { parties: parties(party(ACCOUNT), party({ by: 'account', value: 'E7734' })) } });
    expect(once).toBeDefined();
    expect(eraseFromRow(once as ActivityRow, sought)).toBeUndefined();
  });

  it('short words and numbers are looked for where accounts are named, not in every text', () => {
    expect(['mark', '4711', 'ada', 'E7', 'Lovelac'].filter(isDistinct)).toEqual([]);
    expect(['m.king', 'E7734', '47114711', 'Lovelace', 'a@b.c'].filter(isDistinct)).toHaveLength(5);
  });
});

describe('whoever is erased is looked for', () => {
  const said = (factId: string, attributes: object) => ({ factId, type: 'mover', identityId: 'E7734', attributes });
  const record = {
    header: { identityId: 'E7734' },
    facts: [
      said('a', { email: 'ada@example.com', givenName: 'Ada', familyName: 'King' }),
      said('b', { email: 'office@example.com', familyName: 'Lovelace' }),
    ],
    accounts: [
      {
        applicationId: 'crm',
        account: { accountId: 'U-771', userName: 'Mark', credentials: [{ credentialId: 'AKIA0001' }] },
      },
      { applicationId: 'chat' },
    ],
  } as unknown as IdentityRecord;

  it('by accounts, keys and addresses, also those that are gone, and in texts by what is hardly another’s', () => {
    const gone = [{ applicationId: 'chat', accountId: 'chat-0000017' }];
    const { clues, words, names } = lakeTracesOf(record, gone, (address) => address.startsWith('office'));
    expect(clues.map(({ by, value }) => `${by} ${value}`)).toEqual([
      'account U-771',
      'key AKIA0001',
      'user-name mark',
      'email ada@example.com',
      'account chat-0000017',
    ]);
    expect(words.map(({ text }) => text)).toEqual(['E7734', 'U-771', 'AKIA0001', 'ada@example.com', 'chat-0000017']);
    expect(names).toEqual(['Ada King', 'King Ada']);
  });
});
