import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { addTenure } from '../../lib/tenure.ts';
import { ACTIVITY_SOURCES, HR_SOURCES, newApp, SHARED_SIGNALS } from '../support/stacks.ts';

const WITH_ISSUER = { tenure: { oidc: { issuer: 'https://idp.example', audience: ['tenure'] } } };
const APPLICATIONS = { 'tenure.applicationSettings': '{"aws":{"identityStoreId":"d-1234567890"}}' };

test.each([
  ['with the settings of cdk.json', {}],
  ['with an issuer of its own choice', { ...WITH_ISSUER, ...APPLICATIONS }],
  [
    'with HR systems that are asked about people, and systems whose activity is judged',
    {
      'tenure.notices': JSON.stringify({ sender: 'tenure@acme.example', slack: { channel: 'acme/slack' } }),
      'tenure.hrSources': JSON.stringify(HR_SOURCES),
      'tenure.activitySources': JSON.stringify(ACTIVITY_SOURCES),
      'tenure.detection': JSON.stringify({ slack: { channel: 'acme/alerts' } }),
      'tenure.sharedSignals': SHARED_SIGNALS,
    },
  ],
  ['for a trial whose data is thrown away', { 'tenure.retainData': 'false' }],
])('AwsSolutions finds nothing %s', (_, context) => {
  const app = newApp(context);
  addTenure(app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  // A finding that is not acknowledged fails the synthesis, and the error lists it.
  expect(() => app.synth()).not.toThrow();
});
