// Who is told what of requests for access, and when, over stores in memory and a clock that is moved on hour by hour.
import { beforeEach, describe, expect, it } from 'vitest';
import { type AskingCompany, askingCompany, DAY_MS, HOUR_MS } from '../../support/asking.ts';
import { joinerEvent, leaverEvent, moverEvent, suspensionEvent } from '../../support/hr-events.ts';

const ASKED = 'A request for access waits for your decision';
const REMINDER = 'Reminder: a request for access waits for your decision';
const DECIDED = 'A request for access has been decided on';
const ENDING = 'Access for a time is about to end';
const [MANAGER, REQUESTER, ABOVE] = ['e0007@example.com', 'e1001@example.com', 'e0001@example.com'];
/** From 09:00 UTC to 08:00 in Berlin of the next day. */
const TO_DIGEST = 22;

let company: AskingCompany;
beforeEach(async () => {
  company = await askingCompany();
});
const subjectsOf = (to: string) => company.mails.filter((mail) => mail.to === to).map(({ subject }) => subject);

describe('whoever is to decide', () => {
  it('is told in the digest of the next morning, once, and with a link', async () => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    await company.tell();
    expect(company.mails).toEqual([]);
    expect(await company.passHours(48)).toEqual([
      [TO_DIGEST, MANAGER, 'Your day: 1 matter of access, 1 to be decided'],
    ]);
    const [mail] = company.mails;
    expect(mail).toMatchObject({ from: 'tenure@example.com', to: MANAGER });
    expect(mail?.text).toContain('E1001 is to get crm:user. It can be decided until 2026-12-03T09:00:00.000Z.');
    expect(mail?.text).toMatch(/https:\/\/tenure\.example\/decisions\/id-\d+\.s*\d+\n/);
    expect(mail?.text).not.toContain('the quarter ends');
    expect(requestId).not.toBe('');
  });

  it('gets one digest a day, whatever is asked', async () => {
    await company.ask('E1001', { entitlement: 'crm:user' });
    await company.ask('E1001', { entitlement: 'crm:both' });
    expect((await company.passHours(24)).filter(([, to]) => to === MANAGER)).toEqual([
      [TO_DIGEST, MANAGER, 'Your day: 2 matters of access, 2 to be decided'],
    ]);
  });

  it('is told at once of what is privileged, and each stage of it as it comes', async () => {
    const { requestId } = await company.ask('E1001', {
      entitlement: 'crm:admin',
      endsAt: new Date(company.nowMs + 10 * DAY_MS).toISOString(),
    });
    await company.tell();
    expect(subjectsOf(MANAGER)).toEqual([ASKED]);
    expect(company.mails[0]?.text).toContain('crm:admin (privileged)');
    await company.tell();
    expect(company.mails).toHaveLength(1);
    await company.decide('E0007', requestId);
    await company.tell();
    // A role is no person: there is nobody whose link it could be.
    expect(company.mails.slice(1)).toMatchObject([{ to: 'security@example.com', subject: ASKED }]);
    expect(company.mails[1]?.text).toContain(`Decide in the operators' API: request ${requestId}.`);
    expect(company.mails[1]?.text).not.toContain('/decisions/');
  });

  it('is reminded at the shares of the time that are set, the last time at once', async () => {
    await company.ask('E1001', { entitlement: 'crm:user' });
    const told = (await company.passHours(10 * 24)).filter(([, to]) => to === MANAGER);
    expect(told).toEqual([
      [TO_DIGEST, MANAGER, 'Your day: 1 matter of access, 1 to be decided'],
      [5 * 24 + TO_DIGEST, MANAGER, 'Your day: 1 matter of access, 1 to be decided'],
      [9 * 24, MANAGER, REMINDER],
    ]);
  });

  it('is found anew: whoever takes the place of one who left is asked, and who left is told nothing', async () => {
    await company.ask('E1001', { entitlement: 'crm:user' });
    await company.tell();
    await company.hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E0007' }));
    const told = await company.passHours(24);
    expect(told).toEqual([[TO_DIGEST, ABOVE, 'Your day: 1 matter of access, 1 to be decided']]);
    expect(company.tokens(ABOVE)).toHaveLength(1);
  });

  it('is not reminded of what was taken back', async () => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    await company.tell();
    await company.withdraw('E1001', requestId);
    expect(await company.passHours(10 * 24)).toEqual([]);
  });

  it('is told nothing once they are no longer the one to decide, though they are still there', async () => {
    await company.ask('E1001', { entitlement: 'crm:user' });
    await company.tell();
    await company.hr(moverEvent({ manager: 'E0002' }, { id: 'm', subject: 'E1001' }));
    expect((await company.passHours(24)).map(([, to]) => to)).toEqual(['e0002@example.com']);
  });

  it('is not asked for what they have agreed to', async () => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:both' });
    await company.decide('E0007', requestId);
    expect(await company.passHours(24)).toEqual([
      [TO_DIGEST, 'e0005@example.com', 'Your day: 1 matter of access, 1 to be decided'],
    ]);
  });

  it('on leave is passed over for whoever is above them', async () => {
    await company.ask('E1001', { entitlement: 'crm:user' });
    await company.hr(suspensionEvent({ id: 's', subject: 'E0007' }));
    const told = await company.passHours(24);
    expect(told.map(([, to]) => to)).toEqual([ABOVE]);
  });
});

describe('whoever asked', () => {
  it.each([
    ['approve', 'was approved'],
    ['reject', 'was rejected'],
  ] as const)('is told that it was decided on: %s', async (decision, outcome) => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    await company.decide('E0007', requestId, decision);
    expect(await company.passHours(24)).toEqual([[TO_DIGEST, REQUESTER, 'Your day: 1 matter of access']]);
    expect(company.mails[0]?.text).toContain(`${requestId} for crm:user (E1001) ${outcome}.`);
    expect(await company.passHours(20 * 24)).toEqual([]);
  });

  it('is told at once of what is privileged, and that nobody decided in time', async () => {
    await company.ask('E0007', {
      entitlement: 'crm:admin',
      for: 'E1001',
      endsAt: new Date(company.nowMs + 10 * DAY_MS).toISOString(),
    });
    const told = (await company.passHours(5 * 24)).filter(([, , subject]) => subject === DECIDED);
    expect(told).toEqual([
      [3 * 24, MANAGER, DECIDED],
      [3 * 24, REQUESTER, DECIDED],
    ]);
    expect(company.mails.at(-1)?.text).toContain('has expired: nobody decided in time.');
  });
});

describe('the end of access for a time', () => {
  it('is told to who has it and who agreed, days before, and at once when it is near', async () => {
    const endsAt = new Date(company.nowMs + 20 * DAY_MS).toISOString();
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user', endsAt });
    await company.decide('E0007', requestId);
    await company.passHours(24);
    const told = await company.passHours(20 * 24);
    expect(told).toEqual([
      [16 * 24 + TO_DIGEST, REQUESTER, 'Your day: 1 matter of access'],
      [16 * 24 + TO_DIGEST, MANAGER, 'Your day: 1 matter of access'],
    ]);
    expect(company.mails.at(-1)?.text).toContain(`crm:user of E1001 ends on ${endsAt} (request ${requestId}).`);
  });

  it('of what is given for hours is told half way, and not once it has ended before', async () => {
    const endsAt = new Date(company.nowMs + 8 * HOUR_MS).toISOString();
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user', endsAt });
    await company.decide('E0007', requestId);
    expect((await company.passHours(8)).filter(([, , subject]) => subject === ENDING)).toEqual([
      [4, REQUESTER, ENDING],
      [4, MANAGER, ENDING],
    ]);
    const again = await company.ask('E1001', {
      entitlement: 'crm:user',
      endsAt: new Date(company.nowMs + 8 * HOUR_MS).toISOString(),
    });
    await company.decide('E0007', again.requestId);
    await company.withdraw('E1001', again.requestId);
    expect((await company.passHours(24)).filter(([, , subject]) => subject === ENDING)).toEqual([]);
  });
});

it('what is continued is not told to end, and what continues it is', async () => {
  const endsAt = new Date(company.nowMs + 10 * DAY_MS).toISOString();
  const { requestId } = await company.ask('E1001', { entitlement: 'crm:user', endsAt });
  await company.decide('E0007', requestId);
  company.nowMs += HOUR_MS;
  const later = new Date(company.nowMs + 20 * DAY_MS).toISOString();
  const more = await company.ask('E1001', { entitlement: 'crm:user', extends: requestId, endsAt: later });
  await company.decide('E0007', more.requestId);
  await company.passHours(24);
  const told = company.mails.length;
  await company.passHours(20 * 24);
  const ended = company.mails.slice(told).filter(({ text }) => text.includes('ends on'));
  expect(ended.map(({ to }) => to)).toEqual([REQUESTER, MANAGER]);
  expect(ended[0]?.text).toContain(`ends on ${later} (request ${more.requestId})`);
});

describe('a mail', () => {
  it('that SES refuses is tried again, later each time, and not for ever', async () => {
    let tries = 0;
    company.sendMail = async () => {
      tries += 1;
      return 'refused';
    };
    await company.ask('E1001', { entitlement: 'crm:user' });
    const atMs: number[] = [];
    for (let minute = 0; minute < 48 * 60; minute += 1) {
      company.nowMs += 60_000;
      const before = tries;
      await company.tell();
      if (tries > before) atMs.push(company.nowMs);
    }
    expect(atMs.slice(1).map((at, index) => (at - (atMs[index] ?? 0)) / 60_000)).toEqual([5, 10, 20, 40]);
  });

  it('of which nobody knows whether it went out is not sent twice', async () => {
    let tries = 0;
    company.sendMail = async () => {
      tries += 1;
      return 'unknown';
    };
    await company.ask('E1001', { entitlement: 'crm:user' });
    await company.passHours(48);
    expect(tries).toBe(1);
  });

  it('is sent once by two runs at the same time', async () => {
    await company.ask('E1001', {
      entitlement: 'crm:admin',
      endsAt: new Date(company.nowMs + 10 * DAY_MS).toISOString(),
    });
    await Promise.all([company.tell(), company.tell(), company.tell()]);
    expect(subjectsOf(MANAGER)).toEqual([ASKED]);
  });

  it('is not sent without a sender, and nothing is lost of what is decided', async () => {
    company = await askingCompany({ sender: undefined });
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    expect(await company.passHours(48)).toEqual([]);
    await company.decide('E0007', requestId);
  });

  it('goes to nobody who has no address, and to the next who has', async () => {
    company = await askingCompany({ securityAddress: undefined });
    const { requestId } = await company.ask('E1001', {
      entitlement: 'crm:admin',
      endsAt: new Date(company.nowMs + 10 * DAY_MS).toISOString(),
    });
    await company.decide('E0007', requestId);
    await company.tell();
    expect(company.mails).toEqual([]);
  });

  it('has at most so much in a digest, and says that there is more', async () => {
    const reports = Array.from({ length: 51 }, (_, index) => `E2${index}`);
    const last = reports.at(-1) as string;
    const joining = (subject: string) => joinerEvent({ manager: 'E0007' }, { id: `j-${subject}`, subject });
    await company.hr(...reports.map(joining));
    for (const subject of reports.slice(0, 50)) await company.ask(subject, { entitlement: 'crm:user' });
    company.nowMs += HOUR_MS;
    await company.tell();
    company.nowMs += 21 * HOUR_MS;
    await company.tell();
    expect(company.tokens(MANAGER)).toHaveLength(50);
    expect(company.mails.at(-1)?.text).not.toContain('There is more');
    for (const subject of reports) if (subject !== last) await company.withdraw(subject, await openRequestOf(subject));
    for (const subject of reports) await company.ask(subject, { entitlement: 'crm:user' });
    await company.tell();
    await company.tell();
    company.nowMs += 24 * HOUR_MS;
    await company.tell();
    expect(company.mails).toHaveLength(2);
    expect(company.tokens(MANAGER)).toHaveLength(100);
    expect(company.mails.at(-1)?.text).toContain('There is more: GET /requests?for=me.');
  });
});

async function openRequestOf(identityId: string): Promise<string> {
  const facts = (await company.directory.load(identityId))?.facts ?? [];
  const asked = facts.findLast((fact) => fact.type === 'access-requested');
  return asked?.type === 'access-requested' ? asked.requestId : '';
}
