/** Wrong arguments, or a file that is not what it should be: told as it is, without a stack trace. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
