// Records of each source in the shape that its vendor documents, written for these tests.

const USER_AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';

export const OKTA_SIGN_IN = {
  uuid: '7a2e6a30-aaaa-11f0-9f5b-1b2c3d4e5f60',
  published: '2026-06-15T11:59:00.123Z',
  eventType: 'user.session.start',
  version: '0',
  severity: 'INFO',
  displayMessage: 'User login to Okta',
  actor: { id: '00u1ADA', type: 'User', alternateId: 'Ada@Acme.example', displayName: 'Ada Lovelace' },
  client: {
    userAgent: { rawUserAgent: USER_AGENT, os: 'Windows 10', browser: 'CHROME' },
    ipAddress: '192.0.2.10',
    geographicalContext: { country: 'Germany', city: 'Berlin', geolocation: { lat: 52.5, lon: 13.4 } },
  },
  outcome: { result: 'SUCCESS' },
  securityContext: { asNumber: 64500, isProxy: false },
  target: null,
};

export const OKTA_ADMIN = {
  ...OKTA_SIGN_IN,
  uuid: '7a2e6a30-aaaa-11f0-9f5b-1b2c3d4e5f61',
  eventType: 'user.account.privilege.grant',
  target: [
    { id: '00u2BOB', type: 'User', alternateId: 'bob@acme.example', displayName: 'Bob' },
    { id: 'SUPER_ADMIN', type: 'ROLE', displayName: 'Super administrator' },
  ],
};

export const OKTA_SSO = {
  ...OKTA_SIGN_IN,
  uuid: '7a2e6a30-aaaa-11f0-9f5b-1b2c3d4e5f62',
  eventType: 'user.authentication.sso',
  target: [
    { id: '0oa1CRM', type: 'AppInstance', alternateId: 'CRM', displayName: 'CRM' },
    { id: '0ua1ADA', type: 'AppUser', alternateId: 'ada@acme.example' },
  ],
};

export const CLOUDTRAIL_CALL = {
  eventVersion: '1.11',
  userIdentity: {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE:ada@acme.example',
    arn: 'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/ada@acme.example',
    accountId: '111122223333',
    accessKeyId: 'ASIAEXAMPLE',
    onBehalfOf: {
      userId: '1234-ada',
      identityStoreArn: 'arn:aws:identitystore::111122223333:identitystore/d-1234567890',
    },
  },
  eventTime: '2026-06-15T11:59:00Z',
  eventSource: 's3.amazonaws.com',
  eventName: 'GetObject',
  awsRegion: 'eu-central-1',
  sourceIPAddress: '192.0.2.10',
  userAgent: 'aws-cli/2.30.0 Python/3.13.0',
  requestParameters: { bucketName: 'reports', key: 'q2.pdf' },
  responseElements: null,
  eventID: 'c0ffee00-0000-4000-8000-000000000001',
  readOnly: true,
  eventType: 'AwsApiCall',
  managementEvent: false,
  recipientAccountId: '111122223333',
};

export const CLOUDTRAIL_KEY = {
  ...CLOUDTRAIL_CALL,
  eventID: 'c0ffee00-0000-4000-8000-000000000002',
  userIdentity: {
    type: 'IAMUser',
    principalId: 'AIDABOB',
    arn: 'arn:aws:iam::111122223333:user/bob',
    accountId: '111122223333',
    accessKeyId: 'AKIABOB',
    userName: 'bob',
  },
  eventSource: 'iam.amazonaws.com',
  eventName: 'CreateAccessKey',
  requestParameters: { userName: 'pipeline' },
  responseElements: { accessKey: { accessKeyId: 'AKIANEW', status: 'Active', userName: 'pipeline' } },
  readOnly: false,
};

export const CLOUDTRAIL_ROOT = {
  ...CLOUDTRAIL_CALL,
  eventID: 'c0ffee00-0000-4000-8000-000000000003',
  userIdentity: {
    type: 'Root',
    principalId: '111122223333',
    arn: 'arn:aws:iam::111122223333:root',
    accountId: '111122223333',
  },
  eventSource: 'signin.amazonaws.com',
  eventName: 'ConsoleLogin',
  requestParameters: null,
  responseElements: { ConsoleLogin: 'Success' },
  additionalEventData: { MFAUsed: 'Yes' },
};

export const ENTRA_SIGN_IN = {
  id: '66ea54eb-6301-4ee5-be62-ff5a759b0100',
  createdDateTime: '2026-06-15T11:59:00Z',
  userDisplayName: 'Ada Lovelace',
  userPrincipalName: 'ada@acme.example',
  userId: '26BE570A-AE82-4189-B4E2-A37C6808512D',
  appId: 'de8bc8b5-d9f9-48b1-a8ad-b748da725064',
  appDisplayName: 'CRM',
  ipAddress: '2001:db8::1',
  clientAppUsed: 'Browser',
  isInteractive: true,
  authenticationRequirement: 'multiFactorAuthentication',
  status: { errorCode: 0, failureReason: null },
  location: { city: 'Berlin', countryOrRegion: 'DE', geoCoordinates: { latitude: 52.5, longitude: 13.4 } },
  autonomousSystemNumber: 64500,
  userAgent: USER_AGENT,
};

export const ENTRA_ROLE = {
  id: 'Directory_1_2_3',
  category: 'RoleManagement',
  correlationId: '94f84b70-22c8-4e76-abea-a09a16e34d73',
  result: 'success',
  activityDisplayName: 'Add member to role',
  activityDateTime: '2026-06-15T11:59:00Z',
  loggedByService: 'Core Directory',
  operationType: 'Assign',
  initiatedBy: {
    user: {
      id: '00000000-0000-4000-8000-00000000000b',
      userPrincipalName: 'bob@acme.example',
      ipAddress: '192.0.2.10',
    },
    app: null,
  },
  targetResources: [
    {
      id: '26be570a-ae82-4189-b4e2-a37c6808512d',
      type: 'User',
      userPrincipalName: 'ada@acme.example',
      modifiedProperties: [
        { displayName: 'Role.DisplayName', oldValue: null, newValue: '"Global Administrator"' },
        { displayName: 'Role.TemplateId', oldValue: null, newValue: '"62e90394-69f5-4237-9190-012177145e10"' },
      ],
    },
  ],
};

export const GOOGLE_LOGIN = {
  kind: 'admin#reports#activity',
  id: {
    time: '2026-06-15T11:59:00.000Z',
    uniqueQualifier: '-123456',
    applicationName: 'login',
    customerId: 'C03az79cb',
  },
  actor: { email: 'ada@acme.example', profileId: '1001' },
  ipAddress: '192.0.2.10',
  networkInfo: { ipAsn: [64500], regionCode: 'DE' },
  events: [
    {
      type: 'login',
      name: 'login_success',
      parameters: [
        { name: 'login_type', value: 'saml' },
        { name: 'is_suspicious', boolValue: false },
      ],
    },
  ],
};

export const GOOGLE_ROLE = {
  ...GOOGLE_LOGIN,
  id: { ...GOOGLE_LOGIN.id, uniqueQualifier: '-123457', applicationName: 'admin' },
  events: [
    {
      type: 'DELEGATED_ADMIN_SETTINGS',
      name: 'ASSIGN_ROLE',
      parameters: [
        { name: 'ROLE_NAME', value: '_SEED_ADMIN_ROLE' },
        { name: 'ROLE_ID', value: '42' },
        { name: 'USER_EMAIL', value: 'bob@acme.example' },
      ],
    },
  ],
};

export const GITHUB_CLONE = {
  '@timestamp': 1781524740000,
  _document_id: 'doc-1',
  action: 'git.clone',
  actor: 'Ada-Acme',
  actor_id: 1001,
  actor_ip: '192.0.2.10',
  actor_location: { country_code: 'DE' },
  org: 'acme',
  repo: 'acme/secret',
  user_agent: 'git/2.50.0',
  programmatic_access_type: 'Personal access token (classic)',
  hashed_token: 'qk3U0xh0bC0ffee',
  transport_protocol_name: 'http',
};

export const GITHUB_ADMIN = {
  '@timestamp': 1781524740000,
  created_at: 1781524740000,
  _document_id: 'doc-2',
  action: 'org.update_member',
  actor: 'bob-acme',
  actor_id: 1002,
  user: 'ada-acme',
  user_id: 1001,
  org: 'acme',
  permission: 'admin',
  old_permission: 'read',
};

export const SLACK_ADMIN = {
  id: '0123a45b-6c7d-8900-e12f-3456789gh0i1',
  date_create: 1781524740,
  action: 'role_change_to_admin',
  actor: { type: 'user', user: { id: 'W123BOB', name: 'Bob', email: 'bob@acme.example', team: 'T1' } },
  entity: { type: 'user', user: { id: 'W123ADA', name: 'Ada', email: 'ada@acme.example', team: 'T1' } },
  context: {
    location: { type: 'workspace', id: 'T1', name: 'Acme', domain: 'acme' },
    ua: USER_AGENT,
    ip_address: '192.0.2.10',
  },
};

export const SLACK_LOGIN = {
  ...SLACK_ADMIN,
  id: '0123a45b-2',
  action: 'user_login',
  actor: { type: 'user', user: SLACK_ADMIN.entity.user },
};

export const ANTHROPIC_KEY = {
  id: 'activity_01A',
  created_at: '2026-06-15T11:59:00Z',
  organization_id: 'org_01A',
  type: 'admin_api_key_created',
  actor: {
    type: 'user_actor',
    email_address: 'ada@acme.example',
    user_id: 'user_01ADA',
    ip_address: '192.0.2.10',
    user_agent: USER_AGENT,
  },
};

export const ANTHROPIC_LOGIN = { ...ANTHROPIC_KEY, id: 'activity_01B', type: 'sso_login_succeeded' };

export const OPENAI_KEY = {
  object: 'organization.audit_log',
  id: 'audit_log-1',
  type: 'api_key.created',
  effective_at: 1781524740,
  actor: {
    type: 'session',
    session: {
      user: { id: 'user-ada', email: 'ada@acme.example' },
      ip_address: '192.0.2.10',
      user_agent: USER_AGENT,
      ip_address_details: { country: 'DE', asn: '64500' },
    },
  },
  'api_key.created': { id: 'key_1', data: { scopes: ['all'] } },
};

export const OPENAI_ROLE = {
  ...OPENAI_KEY,
  id: 'audit_log-2',
  type: 'role.assignment.created',
  'role.assignment.created': {
    id: 'role_assignment_role-api-organization-owner__api-organization__org-1_user-bob',
    principal_id: 'user-bob',
    principal_type: 'user',
    resource_id: 'org-1',
    resource_type: 'api.organization',
  },
};

export const OCSF_LOGON = {
  class_uid: 3002,
  category_uid: 3,
  activity_id: 1,
  type_uid: 300201,
  severity_id: 1,
  status_id: 1,
  time: 1781524740000,
  metadata: { version: '1.4.0', uid: 'ocsf-1', product: { name: 'Vault', vendor_name: 'Acme' } },
  user: { uid: 'ada', name: 'ada', email_addr: 'ada@acme.example', type_id: 1 },
  service: { uid: 'vault', name: 'Vault' },
  src_endpoint: { ip: '192.0.2.10', location: { country: 'DE', coordinates: [13.4, 52.5] } },
  logon_type_id: 2,
  is_mfa: true,
};

export const OCSF_TOOL = {
  class_uid: 6003,
  category_uid: 6,
  activity_id: 2,
  type_uid: 600302,
  severity_id: 1,
  status_id: 1,
  time: 1781524740000,
  metadata: { version: '1.8.0', uid: 'ocsf-2', product: { name: 'Gateway', vendor_name: 'Acme' } },
  actor: { user: { uid: 'agent', type_id: 4 } },
  api: { operation: 'tools/call', service: { name: 'agent-tools' } },
  src_endpoint: { ip: '192.0.2.11' },
  unmapped: { action: 'tool-use', grants: ['tool:refund'] },
};

export const EXAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  anthropic: [ANTHROPIC_KEY, ANTHROPIC_LOGIN],
  'aws-cloudtrail': [CLOUDTRAIL_CALL, CLOUDTRAIL_KEY, CLOUDTRAIL_ROOT],
  entra: [ENTRA_SIGN_IN, ENTRA_ROLE],
  github: [GITHUB_CLONE, GITHUB_ADMIN],
  'google-workspace': [GOOGLE_LOGIN, GOOGLE_ROLE],
  ocsf: [OCSF_LOGON, OCSF_TOOL],
  okta: [OKTA_SIGN_IN, OKTA_ADMIN, OKTA_SSO],
  openai: [OPENAI_KEY, OPENAI_ROLE],
  slack: [SLACK_ADMIN, SLACK_LOGIN],
};
