// Records as the sources write them, of the simulated company.
import { type Member, named, type Place } from './company.ts';

/** A record on its way: what it says, and when it comes. */
export interface Sent {
  readonly source: string;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly atMs: number;
  readonly receivedMs: number;
  readonly id: string;
}

export interface From {
  readonly ip: string;
  readonly asn: number;
  readonly place: Place;
  readonly userAgent: string;
}

let sequence = 0;

function nextId(): string {
  sequence += 1;
  return `r${sequence}`;
}

/** Ids begin anew with each day: one seed writes one day. */
export function restartIds(): void {
  sequence = 0;
}

function sent(source: string, atMs: number, id: string, raw: Readonly<Record<string, unknown>>): Sent {
  return { source, raw, atMs, receivedMs: atMs + 5_000, id };
}

export function homeOf(member: Member): From {
  return { ip: member.homeIp, asn: member.homeAs, place: member.city, userAgent: member.userAgent };
}

export function officeOf(member: Member): From {
  return { ...homeOf(member), ip: '198.51.100.7', asn: 64_500 };
}

interface OktaEvent {
  readonly eventType: string;
  readonly actor: { readonly id: string; readonly email: string };
  readonly from: From;
  readonly target?: readonly unknown[];
  readonly credential?: string;
  readonly result?: string;
}

export function oktaEvent(
  atMs: number,
  { eventType, actor, from, target, credential, result = 'SUCCESS' }: OktaEvent,
): Sent {
  const id = nextId();
  return sent('okta', atMs, id, {
    uuid: id,
    published: new Date(atMs).toISOString(),
    eventType,
    version: '0',
    actor: { id: actor.id, type: 'User', alternateId: actor.email },
    client: {
      ipAddress: from.ip,
      userAgent: { rawUserAgent: from.userAgent },
      geographicalContext: {
        country: from.place.country,
        city: from.place.city,
        geolocation: { lat: from.place.latitude, lon: from.place.longitude },
      },
    },
    securityContext: { asNumber: from.asn, isProxy: false },
    outcome: { result },
    authenticationContext: { credentialType: credential ?? null },
    target: target ?? null,
  });
}

export const actorOf = (member: Member) => ({ id: named.okta(member), email: member.email });
export const oktaUser = (member: Member) => ({ id: named.okta(member), type: 'User', alternateId: member.email });

export function signIn(atMs: number, member: Member, from: From, more: Partial<OktaEvent> = {}): Sent {
  return oktaEvent(atMs, {
    eventType: 'user.session.start',
    actor: actorOf(member),
    from,
    credential: member.credential,
    ...more,
  });
}

export function signInTo(atMs: number, member: Member, from: From, application: string): Sent {
  const target = [{ id: `0oa-${application}`, type: 'AppInstance', displayName: application }];
  return oktaEvent(atMs, { eventType: 'user.authentication.sso', actor: actorOf(member), from, target });
}

export function googleEvent(
  atMs: number,
  log: string,
  name: string,
  actor: Member,
  from: From,
  parameters: Readonly<Record<string, string>> = {},
): Sent {
  const id = nextId();
  return sent('google-workspace', atMs, id, {
    id: { time: new Date(atMs).toISOString(), uniqueQualifier: id, applicationName: log, customerId: 'C1' },
    actor: { email: actor.email, profileId: named.google(actor) },
    ipAddress: from.ip,
    networkInfo: { ipAsn: [from.asn] },
    name,
    parameters,
  });
}

export function githubEvent(
  atMs: number,
  action: string,
  actor: Member,
  from: From,
  more: Readonly<Record<string, unknown>> = {},
): Sent {
  const id = nextId();
  return sent('github', atMs, id, {
    _document_id: id,
    '@timestamp': atMs,
    action,
    actor: `acme-${actor.number}`,
    actor_id: Number(named.github(actor)),
    actor_ip: from.ip,
    org: 'acme',
    user_agent: 'git/2.50.0',
    programmatic_access_type: 'ssh key',
    ...more,
  });
}

export function slackEvent(atMs: number, action: string, actor: Member, from: From, on: Member = actor): Sent {
  const id = nextId();
  const user = (member: Member) => ({ id: named.chat(member), email: member.email, name: member.id });
  return sent('slack', atMs, id, {
    id,
    date_create: Math.floor(atMs / 1_000),
    action,
    actor: { type: 'user', user: user(actor) },
    entity: { type: 'user', user: user(on) },
    context: { ip_address: from.ip, ua: from.userAgent, location: { id: 'T1', name: 'Acme' } },
  });
}

export function claudeEvent(
  atMs: number,
  type: string,
  actor: Readonly<Record<string, unknown>>,
  from: From,
  more: Readonly<Record<string, unknown>> = {},
): Sent {
  const id = nextId();
  const at = { created_at: new Date(atMs).toISOString(), organization_id: 'org_1' };
  return sent('anthropic', atMs, id, {
    id,
    ...at,
    type,
    actor: { ...actor, ip_address: from.ip, user_agent: from.userAgent },
    ...more,
  });
}

export const claudeUser = (member: Member) => ({
  type: 'user_actor',
  user_id: named.claude(member),
  email_address: member.email,
});

export function cloudTrailEvent(
  atMs: number,
  service: string,
  name: string,
  identity: unknown,
  from: From,
  more: Readonly<Record<string, unknown>> = {},
): Sent {
  const id = nextId();
  return sent('aws-cloudtrail', atMs, id, {
    eventVersion: '1.11',
    eventID: id,
    eventTime: new Date(atMs).toISOString(),
    eventSource: `${service}.amazonaws.com`,
    eventName: name,
    awsRegion: 'eu-central-1',
    sourceIPAddress: from.ip,
    userAgent: from.userAgent,
    userIdentity: identity,
    requestParameters: null,
    responseElements: null,
    ...more,
  });
}

export const personInAws = (member: Member) => ({
  type: 'AssumedRole',
  arn: `arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/${member.email}`,
  accessKeyId: 'ASIAEXAMPLE',
  onBehalfOf: { userId: named.center(member) },
});

export const roleInAws = (member: Member) => ({
  type: 'AssumedRole',
  arn: `arn:aws:sts::111122223333:assumed-role/service-${member.number}/run`,
  accessKeyId: 'ASIAEXAMPLE',
  sessionContext: { sessionIssuer: { type: 'Role', arn: named.role(member) } },
});

export const userInAws = (member: Member) => ({
  type: 'IAMUser',
  arn: named.iamUser(member),
  userName: `service-${member.number}`,
  accessKeyId: named.key(member),
});

export function toolCall(atMs: number, agent: Member, tool: string, from: From): Sent {
  const id = nextId();
  return sent('ocsf', atMs, id, {
    class_uid: 6003,
    category_uid: 6,
    activity_id: 2,
    type_uid: 600302,
    severity_id: 1,
    status_id: 1,
    time: atMs,
    metadata: { version: '1.8.0', uid: id, product: { name: 'Gateway', vendor_name: 'Acme' } },
    actor: { user: { uid: named.agent(agent), type_id: 4 } },
    api: { operation: 'tools/call', service: { name: 'agent-tools' } },
    src_endpoint: { ip: from.ip, autonomous_system: { number: from.asn } },
    http_request: { user_agent: from.userAgent },
    unmapped: { action: 'tool-use', grants: [tool] },
  });
}
