import { RedisClaimStore } from '@longhaul/store'

// Preloaded into a process of Longhaul: replay is off. Who takes a task is not given what its steps came to.
const { claim } = RedisClaimStore.prototype
RedisClaimStore.prototype.claim = async function (...args) {
  const claimed = await claim.apply(this, args)
  return claimed.kind === 'claimed' ? { ...claimed, journal: [] } : claimed
}
