// The CDK app. What is wrong with settings or access model is told as it is, without a stack trace.
import { App } from 'aws-cdk-lib';
import { AccessModelError } from '../lib/access-model/access-model-error.ts';
import { SettingsError } from '../lib/config.ts';
import { addTenure } from '../lib/tenure.ts';

try {
  addTenure(new App());
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof AccessModelError)) throw error;
  console.error(error.message);
  process.exit(1);
}
