// Why a security event token is not taken, in the words of RFC 8935 section 2.4, which RFC 8936 uses as well.
import { TenureError } from '../errors.ts';

export type RefusalCode =
  | 'invalid_request'
  | 'invalid_key'
  | 'invalid_issuer'
  | 'invalid_audience'
  | 'authentication_failed'
  | 'access_denied';

/** The message goes to the transmitter, and quotes nothing that it sent. */
export class RefusedSignalError extends TenureError {
  override readonly name = 'RefusedSignalError';
  readonly code: RefusalCode;
  constructor(code: RefusalCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
