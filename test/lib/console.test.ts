// The console as it would be deployed: for whom there is one, and that nothing but its own origin may call the API.
import { describe, expect, it } from 'vitest';
import { SettingsError, settingsSchema } from '../../lib/config.ts';
import { addTenure } from '../../lib/tenure.ts';
import { newApp, type Resource, synthesiseResources } from '../support/stacks.ts';

const TIMEOUT_MS = 240_000;
const ISSUER = { oidc: { issuer: 'https://idp.example/tenant', audience: ['tenure', 'tenure-console'] } };
const APPLICATIONS = { applicationSettings: { aws: { identityStoreId: 'd-1234567890' } } };
const withSettings = (settings: object) => ({ tenure: { ...APPLICATIONS, ...settings } });
const ofType = (resources: readonly Resource[], type: string) => resources.filter(({ Type }) => Type === type);

describe('the console', { timeout: TIMEOUT_MS }, () => {
  it('is served over TLS alone from a bucket that nobody else reads, with the API under the same origin', () => {
    const resources = synthesiseResources(withSettings({}));
    const [distribution, ...others] = ofType(resources, 'AWS::CloudFront::Distribution');
    expect(others).toEqual([]);
    const { DefaultCacheBehavior, CacheBehaviors } = (distribution as Resource).Properties['DistributionConfig'] as {
      readonly DefaultCacheBehavior: Behavior;
      readonly CacheBehaviors: readonly Behavior[];
    };
    expect(DefaultCacheBehavior.ViewerProtocolPolicy).toBe('redirect-to-https');
    expect(CacheBehaviors.map(({ PathPattern, ViewerProtocolPolicy }) => [PathPattern, ViewerProtocolPolicy])).toEqual([
      ['/api/*', 'https-only'],
    ]);
    // AWS's own policy CachingDisabled.
    expect(CacheBehaviors[0]?.CachePolicyId).toBe('4135ea2d-6df8-44a3-9df3-4b5a84be39ad');
    for (const { ResponseHeadersPolicyId } of [DefaultCacheBehavior, ...CacheBehaviors])
      expect(ResponseHeadersPolicyId).toBeDefined();
    expect(ofType(resources, 'AWS::ApiGatewayV2::Api')[0]?.Properties['CorsConfiguration']).toBeUndefined();
    const policy = JSON.stringify(ofType(resources, 'AWS::CloudFront::ResponseHeadersPolicy'));
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
  });

  it('has a client of its own at the user pool: public, by code alone, back to itself alone', () => {
    const clients = ofType(synthesiseResources(withSettings({})), 'AWS::Cognito::UserPoolClient');
    const client = clients.find(({ Properties }) => Properties['AllowedOAuthFlows'] !== undefined);
    expect(client?.Properties).toMatchObject({
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'profile'],
      GenerateSecret: false,
      WriteAttributes: ['locale'],
    });
    expect(JSON.stringify(client?.Properties['CallbackURLs'])).toContain('/signed-in');
    expect(client?.Properties['CallbackURLs']).toHaveLength(1);
  });

  it('signs in at an issuer of one’s own, once that knows it as a client', () => {
    const { console: none } = addTenure(newApp(withSettings(ISSUER)));
    expect(none).toBeUndefined();
    const known = { ...ISSUER, console: { clientId: 'tenure-console', connectTo: ['https://token.idp.example'] } };
    const resources = synthesiseResources(withSettings(known));
    expect(resources.filter(({ Type }) => Type.startsWith('AWS::Cognito::'))).toEqual([]);
    expect(JSON.stringify(ofType(resources, 'AWS::CloudFront::ResponseHeadersPolicy'))).toContain(
      "connect-src 'self' https://idp.example https://token.idp.example",
    );
    const [files] = ofType(resources, 'Custom::TenureConsole');
    expect(JSON.parse(String(files?.Properties['settings']))).toEqual({
      issuer: 'https://idp.example/tenant',
      clientId: 'tenure-console',
      scope: 'openid profile',
      apiUrl: '/api',
      groupsClaim: 'cognito:groups',
      identityClaim: 'custom:identity_id',
    });
  });

  it('is left out where it is not wanted', () => {
    expect(addTenure(newApp(withSettings({ console: { deployed: false } }))).console).toBeUndefined();
  });

  it.each([
    ['a client without an issuer', { console: { clientId: 'x' } }, 'expected only with oidc'],
    [
      'a client whose tokens the API refuses',
      { ...ISSUER, console: { clientId: 'x' } },
      'expected one of oidc.audience',
    ],
    ['a scope without openid', { console: { scope: 'profile' } }, 'openid among them'],
    ['an origin with a path', { console: { connectTo: ['https://idp.example/token'] } }, 'without a path'],
    ['an origin without TLS', { console: { connectTo: ['http://idp.example'] } }, 'https:// origin'],
  ])('is refused by name with %s', (_what, settings, expected) => {
    expect(settingsSchema.safeParse(settings).error?.message).toContain(expected);
    expect(() => addTenure(newApp(withSettings(settings)))).toThrow(SettingsError);
  });
});

interface Behavior {
  readonly PathPattern?: string;
  readonly ViewerProtocolPolicy: string;
  readonly CachePolicyId: string;
  readonly ResponseHeadersPolicyId?: unknown;
}
