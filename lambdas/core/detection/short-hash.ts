// A name for what must not be shown, or is too long: enough to tell one from another, and not what it was.
import { sha256Hex } from '../canonical-json.ts';

export function shortHash(text: string, length = 16): string {
  return sha256Hex(text).slice(0, length);
}
