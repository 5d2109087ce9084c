// One operator for each role, in the deployment's own user pool, and a token for each.
import { randomBytes } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { ROLES, type Role } from '../lambdas/api/roles.ts';
import { CREDENTIALS, REGION } from './emulators.ts';
import { loadOrganisation } from './feed/organisation.ts';

export type Tokens = Readonly<Record<Role, string>>;

export interface Operators {
  /** New tokens for every role: each is valid for an hour. */
  issueTokens(): Promise<Tokens>;
}

export interface UserPool {
  readonly endpoint: string;
  readonly userPoolId: string;
  readonly clientId: string;
}

export async function createOperators({ endpoint, userPoolId, clientId }: UserPool): Promise<Operators> {
  const client = new CognitoIdentityProviderClient({ region: REGION, endpoint, credentials: CREDENTIALS });
  const password = `Aa1!${randomBytes(18).toString('base64url')}`;
  const create = async (role: Role) => {
    const user = { UserPoolId: userPoolId, Username: role };
    // Whose reports a manager sees depends on who the manager is, and what employees may ask for on who they are. The others are nobody whom an HR system names: who
    // decides must be somebody, and here may be nobody whom it concerns.
    const identityId = PEOPLE[role]?.() ?? `operator-${role}`;
    await client.send(
      new AdminCreateUserCommand({
        ...user,
        UserAttributes: [{ Name: 'custom:identity_id', Value: identityId }],
        TemporaryPassword: password,
        MessageAction: 'SUPPRESS',
      }),
    );
    await client.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
    await client.send(new AdminAddUserToGroupCommand({ ...user, GroupName: role }));
  };
  const issue = async (role: Role): Promise<string> => {
    const { AuthenticationResult } = await client.send(
      new AdminInitiateAuthCommand({
        UserPoolId: userPoolId,
        ClientId: clientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: role, PASSWORD: password },
      }),
    );
    const token = AuthenticationResult?.IdToken;
    if (token === undefined) throw new Error(`the user pool issued no token for ${role}`);
    return token;
  };
  await Promise.all(ROLES.map(create));
  return {
    issueTokens: async () => {
      const tokens = await Promise.all(ROLES.map(async (role) => [role, await issue(role)] as const));
      return Object.fromEntries(tokens) as Tokens;
    },
  };
}

/** The identity that the manager's token stands for: of the sample organisation, who has the most direct reports. */
export function managerOfMost(): string {
  const reports = new Map<string, number>();
  for (const { manager } of loadOrganisation()) {
    if (manager !== undefined) reports.set(manager, (reports.get(manager) ?? 0) + 1);
  }
  const [most] = [...reports].sort(([, a], [, b]) => b - a);
  if (most === undefined) throw new Error('nobody in the sample organisation has a manager');
  return most[0];
}

/** The identity that the employee’s token stands for: one of theirs. */
export function employeeOfMost(): string {
  const manager = managerOfMost();
  return loadOrganisation().find((member) => member.manager === manager)?.id ?? manager;
}

const PEOPLE: Partial<Record<Role, () => string>> = { manager: managerOfMost, employee: employeeOfMost };
