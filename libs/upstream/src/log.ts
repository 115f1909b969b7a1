/** Where connecting and losing servers is told; a pino logger is one. Never given arguments, results or secrets. */
export interface Log {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}
