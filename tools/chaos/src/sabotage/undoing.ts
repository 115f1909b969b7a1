import { RedisTaskStore } from '@longhaul/store'

// Preloaded into a process of Longhaul: the task that undoes what a cancelled one had done is not told of that.
const { create } = RedisTaskStore.prototype
RedisTaskStore.prototype.create = function (draft, wake) {
  const { retried: _, ...rest } = draft
  return create.call(this, draft.head.undoOf === undefined ? draft : rest, wake)
}
