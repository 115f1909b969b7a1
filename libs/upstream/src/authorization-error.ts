/** There is no access token for a server, so that nothing was sent to it. The message says why, without a secret. */
export class AuthorizationError extends Error {
  override readonly name = 'AuthorizationError'
  /** Whether there may be one later. */
  readonly isForNow: boolean

  constructor(message: string, { isForNow }: { readonly isForNow: boolean }) {
    super(message)
    this.isForNow = isForNow
  }
}

/** The one that an error is, or that it was caused by. */
export function authorizationErrorIn(error: unknown): AuthorizationError | undefined {
  if (error instanceof AuthorizationError) return error
  return error instanceof Error ? authorizationErrorIn(error.cause) : undefined
}
