import type { Task } from '@longhaul/task'

/** A task that nothing has happened to yet, but for `changes`. */
export const aTask = (changes: Partial<Task> = {}): Task => ({
  id: '7fAAAAAAAAAAAAAAAAAAAAAA',
  head: {
    tool: 'look',
    definition: 'd1',
    queue: 'default',
    owner: { issuer: 'local', subject: 'local' },
    createdAt: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    ttlMs: 60_000,
    audience: { sampling: 'none', elicitation: false },
  },
  status: 'working',
  isError: false,
  updatedAt: Date.UTC(2026, 0, 2, 3, 4, 6),
  seq: 1,
  ...changes,
})
