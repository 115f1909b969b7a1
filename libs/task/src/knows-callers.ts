import type { Settings } from './settings.ts'

/** Whether callers are told apart, by keys or tokens; else whoever reaches a coordinator is the person at its machine. */
export const knowsCallers = ({ apiKeys, oauthIssuers }: Pick<Settings, 'apiKeys' | 'oauthIssuers'>): boolean =>
  apiKeys.length > 0 || oauthIssuers.length > 0
