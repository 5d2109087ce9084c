// A change of the access model as a team makes it: planned over the people that the API exported, then deployed into the
// running cloud. It deploys twice, which is too long for `npm test`.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../bin/command.ts';
import { postBatch } from '../../local/hr-client.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { planRun } from '../../local/plan.ts';
import {
  convergedAt,
  eventually,
  grantsOf,
  joiner,
  LETS_MANY_LEAVE,
  newIdentityId,
} from '../support/local-cloud-events.ts';

const START_TIMEOUT_MS = 180_000;
const TEST_TIMEOUT_MS = 300_000;
const SALES = { department: 'Sales', title: 'Account Executive' };
const ENGINEERING = { department: 'Engineering', title: 'Software Engineer' };

let cloud: LocalCloud;
beforeAll(async () => {
  cloud = await startLocalCloud({ plan: planRun({ given: { tenure: LETS_MANY_LEAVE } }) });
}, START_TIMEOUT_MS);
afterAll(() => cloud?.stop());

describe('a changed access model', { timeout: TEST_TIMEOUT_MS }, () => {
  it('takes a group from somebody to whom nothing happened, as the plan printed before had said', async () => {
    const [subject, other] = [newIdentityId(), newIdentityId()];
    await postBatch(cloud.hr, [joiner(subject, SALES), joiner(other, ENGINEERING)]);
    await Promise.all([convergedAt(cloud, subject), convergedAt(cloud, other)]);
    const [before, ofOther] = [await grantsOf(cloud, subject), await grantsOf(cloud, other)];
    expect(before).toContain('crm:sales-user');
    const folder = join(cloud.folder, 'changed-model');
    cpSync('access-model', folder, { recursive: true });
    const profiles = join(folder, 'profiles/commercial.yaml');
    writeFileSync(profiles, readFileSync(profiles, 'utf8').replace('      - crm:sales-user\n', ''));
    const plan = await planFor(folder);
    expect(plan).toMatch(new RegExp(`crm:sales-user .*\n {2}profile sales no longer gives it: .*\\b${subject}\\b`));
    expect(plan).not.toContain(other);
    await cloud.redeploy(planRun({ accessModelFolder: folder, given: { tenure: LETS_MANY_LEAVE } }));
    await eventually('the group being taken back', async () =>
      (await grantsOf(cloud, subject)).includes('crm:sales-user') ? undefined : true,
    );
    expect(await grantsOf(cloud, subject)).toEqual(before.filter((grant) => !grant.startsWith('crm:')));
    expect(await grantsOf(cloud, other)).toEqual(ofOther);
    const identity = await convergedAt(cloud, subject);
    expect(identity.entitlements.map(({ entitlement }) => entitlement)).not.toContain('crm:sales-user');
  });
});

/** By the commands of a user, over the people of the running cloud. */
async function planFor(changed: string): Promise<string> {
  const [token, population] = ['token', 'population.jsonl'].map((name) => join(cloud.folder, name)) as [string, string];
  writeFileSync(token, cloud.outputs.tokens.security);
  const exported = await commandOutput('export', '--api', cloud.outputs.apiUrl, '--token-file', token);
  writeFileSync(population, exported);
  return commandOutput('plan', '--population', population, '--before', 'access-model', '--after', changed);
}

async function commandOutput(...args: readonly string[]): Promise<string> {
  const [out, errors]: [string[], string[]] = [[], []];
  const code = await runCommand(args, { out: (text) => void out.push(text), error: (text) => void errors.push(text) });
  expect(errors).toEqual([]);
  expect(code).toBe(0);
  return out.join('\n');
}
