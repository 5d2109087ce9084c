// Comparing what was sent with what is secret, in a time that tells nothing of where they differ.
import { timingSafeEqual } from 'node:crypto';

export function isEqualText(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
