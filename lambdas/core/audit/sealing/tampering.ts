// What nobody but an intruder, or a fault of ours, can have done: the log stops where it finds it, and a person is told.
import { TenureError } from '../../errors.ts';

export class LogTamperedError extends TenureError {
  override readonly name = 'LogTamperedError';
}
