// The console in Debian's Chromium, over the whole of Tenure as `cdk deploy` deployed it into the emulator: what people do
// there, looked up in the systems themselves; and whether everybody can use it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../lambdas/api/roles.ts';
import { verifyAuditLog } from '../../local/audit-log.ts';
import { postEvent } from '../../local/hr-client.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { planRun } from '../../local/plan.ts';
import { employeeOfMost, managerOfMost } from '../../local/tokens.ts';
import { launchBrowser, type Theme, type Visit, type Visitor, visit } from '../console/browser.ts';
import { convergedAt, eventually, grantsOf, joiner, LETS_MANY_LEAVE, leaver } from '../support/local-cloud-events.ts';
import { ensurePackages } from './debian.ts';

const START_TIMEOUT_MS = 1_200_000;
const TEST_TIMEOUT_MS = 600_000;
/** Of what is asked for, in the sample model; its manager decides. */
const ASKED = 'crm:marketing-user';
const LEAVER = 'C1000';
/** They hold what the employee holds by a profile. */
const COLLEAGUES = ['C1001', 'C1002'] as const;
/** Everybody has an account there, and it is read back. */
const APPLICATION = 'directory';
const COMMAND = join(import.meta.dirname, '../../bin/tenure-cli.mjs');

let cloud: LocalCloud;
let browser: Browser;
let open: Visitor[] = [];

beforeAll(async () => {
  const [started] = await Promise.all([
    startLocalCloud({ plan: planRun({ given: { tenure: LETS_MANY_LEAVE } }) }),
    ensurePackages(['chromium']),
  ]);
  cloud = started;
  browser = await launchBrowser();
  const manager = managerOfMost();
  await postEvent(cloud.hr, joiner(manager, { department: 'Engineering', title: 'Engineering Manager' }));
  const reports = [employeeOfMost(), LEAVER, ...COLLEAGUES];
  for (const id of reports) await postEvent(cloud.hr, joiner(id, { manager }));
  for (const id of [manager, ...reports]) await convergedAt(cloud, id);
}, START_TIMEOUT_MS);
afterAll(async () => {
  await browser?.close();
  await cloud?.stop();
});

async function signedIn(asked: Visit): Promise<Visitor> {
  const visitor = await visit(browser, cloud.outputs.consoleUrl ?? '', asked);
  open.push(visitor);
  return visitor;
}

async function leave(): Promise<void> {
  const complaints = open.flatMap((visitor) => visitor.complaints);
  for (const visitor of open) await visitor.close();
  open = [];
  expect(complaints).toEqual([]);
}

describe('in the console', { timeout: TEST_TIMEOUT_MS }, () => {
  it('an employee asks, their manager approves on a telephone, and the system has the member', async () => {
    const employee = await signedIn({ role: 'employee' });
    await employee.goTo('/requests/new');
    await employee.page.getByLabel('What').fill(ASKED);
    await employee.page.getByLabel('Why').fill('The campaign of this quarter');
    await employee.page.getByRole('button', { name: 'Ask', exact: true }).click();
    await employee.page.waitForURL(/\/requests\/(?!new)/);
    expect(await grantsOf(cloud, employeeOfMost())).not.toContain('crm:marketing-user');

    const manager = await signedIn({ role: 'manager', width: 375 });
    await eventually('the request in the inbox', async () => {
      await manager.goTo('/');
      await manager.goTo('/requests');
      return (await manager.page.getByText(ASKED).count()) > 0 || undefined;
    });
    expect(await manager.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    await manager.page.getByRole('button', { name: 'Approve' }).first().click();
    const dialogue = manager.page.getByRole('dialog');
    await dialogue.getByRole('textbox').fill('For this quarter');
    await dialogue.getByRole('button', { name: 'Approve' }).click();
    await dialogue.waitFor({ state: 'hidden' });
    await eventually(
      'the member',
      async () => (await grantsOf(cloud, employeeOfMost())).includes('crm:marketing-user') || undefined,
    );
    await leave();
  });

  it('a departure runs from the word of HR to the proof, and to its certificate', async () => {
    const auditor = await signedIn({ role: 'auditor' });
    await auditor.goTo(`/people/${LEAVER}/departure`);
    await auditor.page.getByText('No removal is under way').waitFor();
    await postEvent(cloud.hr, leaver(LEAVER));
    await auditor.page.getByRole('heading', { name: 'Left, and proven' }).waitFor({ timeout: 300_000 });
    expect(await grantsOf(cloud, LEAVER)).toEqual([]);
    expect(await auditor.page.getByText('usable', { exact: true }).count()).toBe(0);
    await auditor.page.getByRole('link', { name: 'The offboarding certificate' }).click();
    await auditor.page.getByRole('heading', { name: 'Offboarding certificate' }).waitFor();
    const { removal } = await convergedAt(cloud, LEAVER);
    expect(await auditor.page.getByText(removal?.certificateId ?? 'none').count()).toBeGreaterThan(0);
    await leave();
  });

  it('HR sees what became of what it sent', async () => {
    const hr = await signedIn({ role: 'hr' });
    await hr.goTo('/hr');
    const sent = hr.page.getByRole('row').filter({ hasText: 'leaver' }).filter({ hasText: LEAVER });
    // The page asks again once a minute.
    await sent.getByText('every system is in line').waitFor({ timeout: 180_000 });
    await leave();
  });

  it('a reviewer works a campaign by keyboard alone, and what goes is read back as gone', async () => {
    const employee = employeeOfMost();
    const before = await grantsOf(cloud, employee);
    const held = (await cloud.api.findIdentity(employee))?.entitlements ?? [];
    // Whoever approved something reviews it not: what a profile gives is theirs to answer.
    const given = held.find(({ inPlace, privileged, entitlement, reasons }) => {
      const [applicationId = ''] = entitlement.split(':');
      const isRead = before.some((grant) => grant.startsWith(`${applicationId}:`));
      return inPlace && !privileged && isRead && reasons.every(({ type }) => type === 'birthright');
    });
    if (given === undefined) throw new Error('no profile gives the employee anything that is read');
    const definition = {
      name: 'One entitlement',
      scope: { entitlements: [given.entitlement] },
      stages: [{ reviewers: 'manager', days: 7 }],
    };
    const opened = await ask('security', 'POST', '/review-campaigns', { definition, reason: 'To try it' });
    ({ campaignId } = (await opened.json()) as { readonly campaignId: string });
    const manager = await signedIn({ role: 'manager' });
    await eventually('the campaign among theirs', async () => {
      await manager.goTo('/');
      await manager.goTo('/campaigns');
      return (
        (await manager.page.getByRole('link', { name: 'Review what is yours of One entitlement' }).count()) > 0 ||
        undefined
      );
    });
    await manager.goTo(`/campaigns/${campaignId}/desk`);
    await manager.page.getByText(/^1 of \d+, about \d+ min$/).waitFor();
    const person = () => manager.page.getByRole('region', { name: /^What .* holds$/ });
    for (let at = 0; at < 20 && !(await person().textContent())?.includes(employee); at += 1) {
      await manager.page.keyboard.press('j');
      await manager.page.waitForTimeout(500);
    }
    await manager.page.keyboard.press('n');
    await manager.page.getByLabel('Why remove').waitFor();
    await manager.page.keyboard.type('They no longer need it');
    await manager.page.keyboard.press('Enter');
    await manager.goTo(`/campaigns/${campaignId}/desk`);
    await manager.page.getByRole('button', { name: employee }).click();
    await manager.page.getByText('read back as gone').waitFor({ timeout: 300_000 });
    const after = await grantsOf(cloud, employee);
    expect(after.length).toBe(before.length - 1);
    await leave();

    const auditor = await signedIn({ role: 'auditor' });
    await auditor.goTo(`/campaigns/${campaignId}`);
    const downloading = auditor.page.waitForEvent('download');
    await auditor.page.getByRole('button', { name: 'The auditor’s pack' }).click();
    const pack = await (await downloading).path();
    const { files } = JSON.parse(readFileSync(pack, 'utf8')) as {
      readonly files: readonly { readonly path: string }[];
    };
    expect(files.length).toBeGreaterThan(0);
    const { folder } = await verifyAuditLog(cloud);
    const told = execFileSync(process.execPath, [COMMAND, 'audit', 'verify', '--log', folder, '--pack', pack]);
    expect(told.toString()).toContain('The pack says what was sealed.');
    expect(told.toString()).toContain('1: 1 read back as gone, 0 not yet');
    await leave();
  });

  it('a reviewer answers the same of several people as one, each of whom they name', async () => {
    const before = await Promise.all(COLLEAGUES.map((id) => grantsOf(cloud, id)));
    const manager = await signedIn({ role: 'manager' });
    await manager.goTo(`/campaigns/${campaignId}/desk`);
    await manager.page.getByRole('button', { name: COLLEAGUES[0] }).click();
    await manager.page.getByRole('region', { name: new RegExp(`What .*${COLLEAGUES[0]} holds`) }).waitFor();
    await manager.page.keyboard.press('o');
    const form = manager.page.getByRole('group', { name: /of whom\?$/ });
    const people = form.getByRole('checkbox');
    await people.nth(1).waitFor();
    for (const person of await people.all()) expect(await person.isChecked()).toBe(false);
    expect(await manager.findBarriers()).toEqual([]);
    await form.getByLabel('Why, of all who are chosen').fill('The team works with it');
    expect(await form.getByRole('button', { name: 'Keep for 0' }).isDisabled()).toBe(true);
    for (const id of COLLEAGUES) await form.getByLabel(new RegExp(id)).check();
    await form.getByRole('button', { name: 'Keep for 2' }).click();
    await form.waitFor({ state: 'hidden' });
    for (const [at, id] of COLLEAGUES.entries()) {
      const told = await read('security', `/review-campaigns/${campaignId}/people/${id}`);
      const { items } = (await told.json()) as { readonly items: readonly { readonly answer?: object }[] };
      expect(items.map(({ answer }) => answer)).toEqual([
        expect.objectContaining({ decision: 'keep', reason: 'The team works with it' }),
      ]);
      expect(await grantsOf(cloud, id)).toEqual(before[at]);
    }
    await leave();
  });

  it('an auditor runs a named query, and has its answer as a table and as CSV', async () => {
    // By then all that happened is in the lake.
    await verifyAuditLog(cloud);
    const auditor = await signedIn({ role: 'auditor' });
    await auditor.goTo('/evidence');
    const run = auditor.page.getByRole('button', { name: 'Run it' });
    expect(await run.isDisabled()).toBe(true);
    await auditor.page.getByRole('textbox', { name: /^application/ }).fill(APPLICATION);
    const [started] = await Promise.all([
      auditor.page.waitForResponse((response) => response.url().endsWith('/audit/queries/access-at')),
      run.click(),
    ]);
    expect(started.status()).toBe(202);
    const { id } = (await started.json()) as { readonly id: string };
    const [colleague] = COLLEAGUES;
    await auditor.page.getByRole('link', { name: colleague }).first().waitFor();
    const downloading = auditor.page.waitForEvent('download');
    await auditor.page.getByRole('button', { name: 'Download as CSV' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('access-at.csv');
    const [head, ...rows] = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(head).toMatch(/^subject,grant_name,entitlement,privileged,account_enabled,basis,granted_at,reasons,/);
    expect(rows.filter((row) => row.startsWith(`${colleague},`)).length).toBeGreaterThan(0);
    expect(await auditor.findBarriers()).toEqual([]);
    await leave();

    const path = `/audit/queries/access-at/executions/${id}`;
    expect((await read('auditor', path)).status).toBe(200);
    expect((await read('security', path)).status).toBe(404);
    expect((await read('hr', path)).status).toBe(403);
    const asked = await ask('auditor', 'POST', '/audit/queries/access-at', {
      parameters: { application: 'x', sql: '1' },
    });
    expect(asked.status).toBe(422);
    const entries = await read('security', '/audit?kind=operator&id=operator-auditor&limit=100');
    expect(await entries.text()).toContain('"audit-query-run"');
  });

  it('a moment of the past is told by a slider', async () => {
    const hr = await signedIn({ role: 'hr' });
    await hr.goTo(`/people/${LEAVER}`);
    await hr.page.getByRole('tab', { name: 'Access (0)' }).waitFor();
    const slider = hr.page.getByRole('slider', { name: 'Back in time' });
    // Between the joiner, half an hour ago, and the leaver.
    for (let step = 0; step < 5; step += 1) await slider.press('PageDown');
    await hr.page.getByText('Status and access as of').waitFor();
    await hr.page.getByRole('tab', { name: /Access \([1-9]/ }).waitFor();
    await leave();
  });

  it('HR’s dry run of an empty file is refused, and one of people tells what it would do', async () => {
    const hr = await signedIn({ role: 'hr' });
    await hr.goTo('/what-if');
    const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await hr.page.locator('input[type=file]').setInputFiles(file('people.csv', ''));
    await hr.page.getByText('people.csv is empty').waitFor();
    await hr.page.locator('input[type=file]').setInputFiles(file('people.csv', 'id,kind\nE1,employee\n'));
    await hr.page
      .getByRole('heading', { name: 'In short' })
      .or(hr.page.getByText(/expected/))
      .first()
      .waitFor();
    for (const visitor of open) await visitor.close();
    open = [];
  });

  it('security is shown what a changed profile would do', async () => {
    const security = await signedIn({ role: 'security' });
    await security.goTo('/what-if');
    const profile =
      'profiles:\n  - id: sales\n    name: Sales\n    when: { department: [Nowhere] }\n    entitlements: [chat:sales]\n';
    const buffer = Buffer.from(profile);
    await security.page
      .locator('input[type=file]')
      .setInputFiles({ name: 'commercial.yaml', mimeType: 'text/yaml', buffer });
    await security.page.getByRole('heading', { name: 'In short' }).waitFor();
    expect(await security.page.getByRole('cell', { name: 'lost' }).count()).toBeGreaterThan(0);
    await leave();
  });
});

function ask(role: Role, method: 'GET' | 'POST', path: string, body?: object): Promise<Response> {
  const { apiUrl, tokens } = cloud.outputs;
  const headers = { authorization: `Bearer ${tokens[role]}`, 'content-type': 'application/json' };
  return fetch(`${apiUrl}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
}

function read(role: Role, path: string): Promise<Response> {
  return ask(role, 'GET', path);
}

it('somebody is found by a mistyped name from wherever one is', { timeout: TEST_TIMEOUT_MS }, async () => {
  const security = await signedIn({ role: 'security' });
  await eventually('the list of people', async () => {
    await security.page.keyboard.press('/');
    await security.page.keyboard.type(`${LEAVER.toLowerCase()} tset`);
    await security.page.waitForTimeout(3_000);
    const found = await security.page.getByRole('option', { name: new RegExp(LEAVER) }).count();
    await security.page.keyboard.press('Escape');
    await security.page.getByRole('combobox').first().fill('');
    return found > 0 || undefined;
  });
  await leave();
});

/** Each page as somebody who may see all of it. */
const PAGES: readonly (readonly [path: () => string, role: Role])[] = [
  [() => '/', 'security'],
  [() => '/', 'manager'],
  [() => '/', 'employee'],
  [() => '/people', 'auditor'],
  [() => `/people/${managerOfMost()}`, 'security'],
  [() => `/people/${LEAVER}/departure`, 'auditor'],
  [() => `/certificates/${certificateId}`, 'auditor'],
  [() => '/requests', 'employee'],
  [() => '/requests/new', 'manager'],
  [() => '/applications', 'it'],
  [() => '/tasks', 'it'],
  [() => '/holds', 'operations'],
  [() => '/reconciliations', 'it'],
  [() => '/reconciliations/crm', 'security'],
  [() => '/entitlements?id=directory%3Amember', 'auditor'],
  [() => '/alerts', 'security'],
  [() => '/duties', 'security'],
  [() => '/time-to-revoke', 'auditor'],
  [() => '/what-if', 'hr'],
  [() => '/audit', 'auditor'],
  [() => '/evidence', 'auditor'],
  [() => '/my-access', 'employee'],
  [() => '/hr', 'hr'],
  [() => '/systems', 'it'],
  [() => '/reviews', 'security'],
  [() => '/campaigns', 'auditor'],
  [() => '/campaigns/new', 'security'],
  [() => `/campaigns/${campaignId}`, 'auditor'],
  [() => `/campaigns/${campaignId}/desk`, 'manager'],
];
let campaignId = '';
let certificateId = '';

describe('everybody can use', { timeout: TEST_TIMEOUT_MS }, () => {
  beforeAll(async () => {
    certificateId = (await cloud.api.findIdentity(LEAVER))?.removal?.certificateId ?? '';
  });

  it.each<Theme>(['light', 'dark'])('each page, in the %s theme', async (theme) => {
    const barriers: string[] = [];
    for (const role of new Set(PAGES.map(([, each]) => each))) {
      const visitor = await signedIn({ role, theme });
      for (const [path] of PAGES.filter(([, each]) => each === role)) {
        await visitor.goTo(path());
        barriers.push(...(await visitor.findBarriers()).map((barrier) => `${path()} as ${role}: ${barrier}`));
      }
      await leave();
    }
    expect(barriers).toEqual([]);
  });
});
