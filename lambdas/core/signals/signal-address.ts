// Addresses of those with whom signals are shared: https, or http to this very machine (local runs).
import * as z from 'zod';

export const addressSchema = z
  .string()
  .max(500)
  .regex(
    /^(?:https:\/\/[^\s/@?#]+|http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?)(?:\/[^\s@?#]*)?$/,
    'expected an https:// URL without credentials, query or fragment',
  );
