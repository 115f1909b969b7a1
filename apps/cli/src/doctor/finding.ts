/** What one check of `longhaul doctor` came to. */
export type Finding = { readonly about: string; readonly says: string } & (
  | { readonly verdict: 'ok' }
  /** `fix`: what to do. */
  | { readonly verdict: 'warning' | 'fault'; readonly fix: string }
)

/** A check: it never throws. */
export type Check = () => Promise<readonly Finding[]>
