// Calls to MiniStack for which there is no client among the packages.
import { CREDENTIALS, REGION } from '../../local/emulators.ts';

/** MiniStack knows who asks by the key alone. @throws Error with what it answered */
export async function askEmulator(
  endpoint: string,
  service: string,
  path: string,
  init: RequestInit,
): Promise<Response> {
  const scope = `${CREDENTIALS.accessKeyId}/20260101/${REGION}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  const response = await fetch(`${endpoint}${path}`, { ...init, headers: { ...init.headers, authorization } });
  if (!response.ok) throw new Error(`${service} ${path} answered ${response.status}: ${await response.text()}`);
  return response;
}

/** The answer's XML. */
export async function askCloudFormation(endpoint: string, parameters: Record<string, string>): Promise<string> {
  const body = String(new URLSearchParams({ ...parameters, Version: '2010-05-15' }));
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return (await askEmulator(endpoint, 'cloudformation', '/', { method: 'POST', headers, body })).text();
}
