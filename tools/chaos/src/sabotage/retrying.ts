import { RedisTaskStore } from '@longhaul/store'

// Preloaded into a process of Longhaul: a retry begins with nothing of what the task had done that it is the retry of.
const { create } = RedisTaskStore.prototype
RedisTaskStore.prototype.create = function (draft, wake) {
  const { retried: _, ...rest } = draft
  return create.call(this, draft.head.undoOf === undefined ? rest : draft, wake)
}
