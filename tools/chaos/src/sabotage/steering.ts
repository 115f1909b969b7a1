import { RedisClaimStore } from '@longhaul/store'

// Preloaded into a process of Longhaul: who takes a task is not told which turns its model has heard of messages in.
const { claim } = RedisClaimStore.prototype
RedisClaimStore.prototype.claim = async function (...args) {
  const claimed = await claim.apply(this, args)
  if (claimed.kind !== 'claimed') return claimed
  return { ...claimed, journal: claimed.journal.filter(({ type }) => type !== 'taken') }
}
