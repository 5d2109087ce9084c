// What went wrong with the local cloud, in words for whoever typed `npm start`: no stack, and what to do about it.
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError';
  /** What to install, free or read. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
