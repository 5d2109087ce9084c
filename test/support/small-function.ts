// Functions of a few lines, for what is asked of the emulator itself.
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import { PYTHON } from './ministack.ts';

/** A role that functions may take, with no permissions. */
export async function createFunctionRole(client: IAMClient, RoleName: string): Promise<string | undefined> {
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const { Role } = await client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return Role?.Arn;
}

/** The code of a function in one file. */
export async function zipOf(name: string, content: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-zip-'));
  await writeFile(join(folder, name), content);
  await promisify(execFile)(PYTHON, ['-m', 'zipfile', '-c', 'code.zip', name], { cwd: folder });
  const zip = await readFile(join(folder, 'code.zip'));
  await rm(folder, { recursive: true });
  return zip;
}
