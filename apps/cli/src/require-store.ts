import { parseStoreUrl } from '@longhaul/task'

/** @throws Error that says what to do without REDIS_URL, or with one that is none. */
export function requireStoreUrl(env: NodeJS.ProcessEnv): string {
  const url = env.REDIS_URL
  if (!url) {
    throw new Error(
      "REDIS_URL is not set. A process of its own needs the store that the others use; 'longhaul start' brings one.",
    )
  }
  parseStoreUrl(url)
  return url
}
