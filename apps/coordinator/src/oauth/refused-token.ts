/** A token lets nobody in. The message is for people. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken'
}

/** A token is good, and lacks a scope that all must have. */
export class InsufficientScope extends Error {
  override readonly name = 'InsufficientScope'
}
