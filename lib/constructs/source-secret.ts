// Secrets of those who tell Tenure something: what they sign with, made by the deployment, or what their system issues.
import type { SecretProps } from 'aws-cdk-lib/aws-secretsmanager';

/**
 * 44 letters and digits are the base64 of 33 bytes; Standard Webhooks asks for 24 to 64. Its prefix `whsec_` may stand
 * before them or not.
 */
const LENGTH = 44;
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

export function generatedSecret(description: string): SecretProps {
  return { description, generateSecretString: { passwordLength: LENGTH, excludeCharacters: PUNCTUATION } };
}

/** Holds nothing of use until what the system issued is put in: nothing that is signed passes before. */
export function issuedSecret(description: string): SecretProps {
  return { description, generateSecretString: { secretStringTemplate: '{}', generateStringKey: 'notYetSet' } };
}
