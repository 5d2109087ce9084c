// Misuse of every kind, planted among a day's records. Each plant knows which records are its own: that is all that says
// whether it was found.
import {
  CITIES,
  type Company,
  DAY_START_MS,
  DORMANT_APPLICATION,
  HOUR_MS,
  type Member,
  named,
  ROLES,
} from './company.ts';
import {
  actorOf,
  claudeEvent,
  cloudTrailEvent,
  type From,
  githubEvent,
  googleEvent,
  homeOf,
  officeOf,
  oktaEvent,
  oktaUser,
  personInAws,
  type Sent,
  signIn,
  signInTo,
  slackEvent,
  toolCall,
  userInAws,
} from './records.ts';

export interface Plant {
  readonly detection: string;
  readonly what: string;
  readonly records: readonly Sent[];
}

const SAO_PAULO = { city: 'São Paulo', country: 'Brazil', latitude: -23.5, longitude: -46.6 };
const ELSEWHERE: From = { ip: '192.0.2.66', asn: 64_999, place: CITIES[0] as From['place'], userAgent: 'curl/8.14.1' };

function at(hour: number): number {
  return DAY_START_MS + Math.round(hour * HOUR_MS);
}

export function plants(company: Company): readonly Plant[] {
  const person = (number: number) => company.people[number] as Member;
  const machine = (number: number) => company.machines[number] as Member;
  const agent = (number: number) => company.agents[number] as Member;
  const [left, leftYesterday, onLeave, onLeaveToo] = [
    ROLES.left,
    ROLES.leftYesterday,
    ROLES.onLeave,
    ROLES.onLeaveToo,
  ].map(person) as [Member, Member, Member, Member];
  const administrator = person(ROLES.administrator);
  const office = officeOf(administrator);
  const byAdministrator = (hour: number, eventType: string, target: readonly unknown[]) =>
    oktaEvent(at(hour), { eventType, actor: actorOf(administrator), from: office, target });
  const plant = (detection: string, what: string, ...records: readonly Sent[]): Plant => ({ detection, what, records });
  return [
    plant('sign-in-after-departure', 'signs in a month after leaving', signIn(at(10.1), left, homeOf(left))),
    plant(
      'sign-in-after-departure',
      'clones with an SSH key that was missed',
      githubEvent(at(22.2), 'git.clone', leftYesterday, homeOf(leftYesterday)),
    ),
    plant(
      'sign-in-after-departure',
      'is seen hours after leaving today',
      googleEvent(at(20), 'drive', 'download', person(ROLES.leavesToday), homeOf(person(ROLES.leavesToday))),
    ),
    plant('suspended-account-used', 'signs in while on leave', signIn(at(11.3), onLeave, homeOf(onLeave))),
    plant(
      'suspended-account-used',
      'reads while on leave',
      googleEvent(at(3.3), 'drive', 'view', onLeaveToo, homeOf(onLeaveToo)),
    ),
    plant(
      'account-re-enabled',
      'an account of somebody who left is enabled',
      byAdministrator(9.7, 'user.lifecycle.unsuspend', [oktaUser(left)]),
    ),
    plant(
      'account-re-enabled',
      'another in Google',
      googleEvent(at(9.8), 'admin', 'UNSUSPEND_USER', administrator, office, { USER_EMAIL: leftYesterday.email }),
    ),
    plant(
      'account-re-enabled',
      'the password of somebody on leave is reset',
      byAdministrator(9.9, 'user.account.reset_password', [oktaUser(onLeave)]),
    ),
    plant(
      'grant-outside-tenure',
      'a seller becomes a member of a payroll group',
      byAdministrator(13.1, 'group.user_membership.add', [
        oktaUser(person(11)),
        { id: '00gPAY', type: 'UserGroup', displayName: 'okta-reports' },
      ]),
    ),
    plant(
      'grant-outside-tenure',
      'a friend is added to a team',
      githubEvent(at(13.2), 'team.add_member', person(66), officeOf(person(66)), {
        user: 'acme-77',
        user_id: 10_077,
        team: 'acme/github-reports',
      }),
    ),
    plant(
      'administrator-role-given',
      'super administrator',
      byAdministrator(4.4, 'user.account.privilege.grant', [
        oktaUser(person(15)),
        { id: 'SUPER', type: 'ROLE', displayName: 'Super administrator' },
      ]),
    ),
    plant(
      'administrator-role-given',
      'a policy for everything',
      cloudTrailEvent(at(4.5), 'iam', 'AttachUserPolicy', personInAws(person(80)), officeOf(person(80)), {
        requestParameters: { userName: 'service-1', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      }),
    ),
    plant(
      'administrator-role-given',
      'an owner of the chat',
      slackEvent(at(4.6), 'role_change_to_owner', administrator, office, person(16)),
    ),
    plant(
      'key-made-for-another',
      'a key of a service that others own',
      cloudTrailEvent(at(2.2), 'iam', 'CreateAccessKey', personInAws(person(399)), homeOf(person(399)), {
        requestParameters: { userName: 'service-5' },
      }),
    ),
    plant(
      'factor-reset-then-gain',
      'the help desk is talked into a reset, and a stranger enrols',
      oktaEvent(at(17), {
        eventType: 'user.mfa.factor.reset_all',
        actor: actorOf(person(ROLES.helpDesk)),
        from: officeOf(person(ROLES.helpDesk)),
        target: [oktaUser(person(25))],
      }),
      oktaEvent(at(17.2), {
        eventType: 'user.mfa.factor.activate',
        actor: actorOf(person(25)),
        from: ELSEWHERE,
        target: [oktaUser(person(25))],
      }),
    ),
    plant(
      'factor-reset-then-gain',
      'the same, and the reset is told an hour after what came of it',
      late(
        oktaEvent(at(18), {
          eventType: 'user.mfa.factor.reset_all',
          actor: actorOf(person(ROLES.helpDesk)),
          from: officeOf(person(ROLES.helpDesk)),
          target: [oktaUser(person(75))],
        }),
        1.2,
      ),
      oktaEvent(at(18.1), {
        eventType: 'user.mfa.factor.activate',
        actor: actorOf(person(75)),
        from: ELSEWHERE,
        target: [oktaUser(person(75))],
      }),
    ),
    plant(
      'impossible-travel',
      'from São Paulo, an hour after being here',
      signIn(at(21), person(31), homeOf(person(31))),
      signIn(at(22), person(31), { ...homeOf(person(31)), ip: '192.0.2.31', asn: 64_777, place: SAO_PAULO }),
    ),
    plant(
      'break-glass-without-grant',
      'root signs in',
      cloudTrailEvent(
        at(1.1),
        'signin',
        'ConsoleLogin',
        { type: 'Root', arn: 'arn:aws:iam::111122223333:root' },
        ELSEWHERE,
        { responseElements: { ConsoleLogin: 'Success' } },
      ),
    ),
    plant(
      'dormant-account-wakes',
      'an account that was last used in winter',
      signInTo(at(23.1), person(ROLES.dormant), homeOf(person(ROLES.dormant)), DORMANT_APPLICATION),
    ),
    plant(
      'service-account-interactive',
      'somebody signs in to the console as a service',
      cloudTrailEvent(at(12.4), 'signin', 'ConsoleLogin', userInAws(machine(7)), homeOf(machine(7)), {
        responseElements: { ConsoleLogin: 'Success' },
      }),
    ),
    plant(
      'machine-from-elsewhere',
      'a key is used from elsewhere with another client',
      cloudTrailEvent(at(3.9), 's3', 'ListBuckets', userInAws(machine(9)), ELSEWHERE),
    ),
    plant(
      'machine-from-elsewhere',
      'an agent from elsewhere',
      toolCall(at(5.1), agent(4), 'tool:search', { ...homeOf(agent(4)), ip: '192.0.2.67', asn: 64_998 }),
    ),
    plant(
      'application-outside-profile',
      'a marketer in payroll',
      signInTo(at(19.5), person(220), homeOf(person(220)), 'payroll'),
    ),
    plant(
      'new-method',
      'by a text message, as nobody there does',
      signIn(at(20.2), person(280), homeOf(person(280)), { credential: 'SMS' }),
    ),
    plant(
      'reads-before-departure',
      'four hundred downloads two weeks before leaving',
      ...Array.from({ length: 400 }, (_, place) =>
        googleEvent(
          at(20.5) + place * 6_000,
          'drive',
          'download',
          person(ROLES.leavesSoon),
          homeOf(person(ROLES.leavesSoon)),
        ),
      ),
    ),
    plant(
      'agent-tool-outside-profile',
      'an agent gives a refund',
      toolCall(at(14.4), agent(6), 'tool:refund', homeOf(agent(6))),
    ),
    plant(
      'agent-tool-outside-profile',
      'an agent calls a tool that nobody knows',
      toolCall(at(14.5), agent(7), 'tool:shell', homeOf(agent(7))),
    ),
    plant(
      'ownerless-machine-active',
      'a service goes on though its owner left',
      cloudTrailEvent(at(6.6), 's3', 'GetObject', userInAws(machine(39)), homeOf(machine(39))),
    ),
    plant(
      'agent-key-too-broad',
      'an agent makes a key for everything',
      claudeEvent(
        at(15.5),
        'admin_api_key_created',
        { type: 'agent_actor', agent_id: named.agent(agent(8)) },
        homeOf(agent(8)),
      ),
    ),
    plant(
      'federation-changed',
      'a second identity provider',
      oktaEvent(at(2.5), {
        eventType: 'system.idp.lifecycle.create',
        actor: actorOf(person(17)),
        from: ELSEWHERE,
        target: [{ id: '0oaX', type: 'IdentityProvider', displayName: 'X' }],
      }),
    ),
    plant(
      'federation-changed',
      'whoever is of another account may take a role',
      cloudTrailEvent(at(2.6), 'iam', 'UpdateAssumeRolePolicy', personInAws(person(81)), officeOf(person(81)), {
        requestParameters: {
          roleName: 'deploy',
          policyDocument: '{"Statement":[{"Principal":{"AWS":"999988887777"}}]}',
        },
      }),
    ),
    plant(
      'unknown-identity-active',
      'an account that nobody made here',
      oktaEvent(at(7.7), {
        eventType: 'user.session.start',
        actor: { id: '00uSTRANGER', email: 'stranger@acme.example' },
        from: ELSEWHERE,
      }),
    ),
  ];
}

function late(record: Sent, hours: number): Sent {
  return { ...record, receivedMs: record.atMs + hours * HOUR_MS };
}
