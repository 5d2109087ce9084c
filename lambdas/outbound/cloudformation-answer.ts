// What a custom resource says at the end, to the address that CloudFormation has signed for it.
const TIMEOUT_MS = 10_000;

/** @throws Error, upon which Lambda has the function run again */
export async function answerCloudFormation(url: string, body: string): Promise<void> {
  // The address is signed for a request without a content type.
  const headers = { 'content-type': '' };
  const response = await fetch(url, { method: 'PUT', body, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`CloudFormation answered ${response.status}`);
}
