/** @throws Error that says what to do without REDIS_URL, or with one that is none. Never with its value: it may hold a password. */
export function requireStoreUrl(env: NodeJS.ProcessEnv): string {
  const url = env.REDIS_URL
  if (!url) {
    throw new Error(
      "REDIS_URL is not set. A process of its own needs the store that the others use; 'longhaul start' brings one.",
    )
  }
  if (/^rediss?:$/.test(URL.parse(url)?.protocol ?? '')) return url
  throw new Error('REDIS_URL is not a URL of the form redis://host:6379 or rediss://host:6379.')
}
