// Addresses of APIs in settings: https, or http to this very machine (local runs), since credentials travel along.
import * as z from 'zod';

/** A base URL without a trailing slash. */
export const webAddressSchema = z
  .url()
  .max(2000)
  .refine(isWebAddress, {
    error: 'expected https:// (http:// on loopback only), without credentials, query or fragment',
  })
  .transform((url) => url.replace(/\/+$/, ''));

/** Without a query or a fragment, and without credentials in the address itself. */
function isWebAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return false;
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback);
}
