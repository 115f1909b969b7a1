/** Which accounts (keys of model providers, by a hash) no worker uses at the moment. */
export interface Pauses {
  /** 0 where the account may be used. One round trip. */
  remainingMs(account: string): Promise<number>
  /** From now on; what was said before counts for nothing. One round trip. */
  pause(account: string, ms: number): Promise<void>
}
