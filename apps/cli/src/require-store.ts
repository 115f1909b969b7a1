/** @throws Error that says what to do without REDIS_URL */
export function requireStoreUrl(env: NodeJS.ProcessEnv): string {
  const url = env.REDIS_URL
  if (url) return url
  throw new Error(
    "REDIS_URL is not set. A process of its own needs the store that the others use; 'longhaul start' brings one.",
  )
}
