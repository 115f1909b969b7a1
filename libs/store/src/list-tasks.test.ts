import { describe, expect, test } from 'vitest'
import { ANNA, newDraft } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'

const store = await openStore()
const { tasks, redis } = store

describe('list', () => {
  /** `count` tasks of an owner of their own, all created at `at`, as their ids stand in a list. */
  async function create(at: number, count: number, owner = ANNA): Promise<string[]> {
    const drafts = Array.from({ length: count }, () => newDraft({ owner, createdAt: at }))
    await Promise.all(drafts.map((draft) => tasks.create(draft)))
    return drafts.map(({ id }) => id).sort((a, b) => (a < b ? 1 : -1))
  }
  async function walk(limit: number, between: (page: readonly string[]) => Promise<void> = async () => {}) {
    const pages: string[][] = []
    let cursor: string | undefined
    do {
      const page = await tasks.list(ANNA, { limit, ...(cursor && { cursor }) })
      pages.push(page.tasks.map(({ id }) => id))
      cursor = page.nextCursor
      await between(pages.at(-1) ?? [])
    } while (cursor)
    return pages
  }
  async function remove(taskId: string) {
    const task = await tasks.read(taskId)
    if (task) await tasks.cancel(task, 'no')
    await redis.hset(taskKeys(taskId).record, 'removable', 1)
    await store.makeDue(taskId)
    expect(await store.due.settle([taskId])).toEqual([{ kind: 'removed', taskId }])
  }

  test('is empty for who has no tasks', async () => {
    expect(await tasks.list(ANNA, { limit: 3 })).toEqual({ tasks: [] })
  })

  test('gives newest first, page by page, and tasks of others to nobody', async () => {
    const now = Date.now()
    const old = await create(now - 2000, 1)
    const mid = await create(now - 1000, 1)
    const young = await create(now, 1)
    await create(now, 2, { ...ANNA, tenant: 'other' })
    expect(await walk(2)).toEqual([[...young, ...mid], old])
    expect(await walk(3)).toEqual([[...young, ...mid, ...old]])
  })

  test('breaks ties of one millisecond by id, across pages', async () => {
    const now = Date.now()
    const ties = await create(now, 7)
    const old = await create(now - 1, 1)
    expect(await walk(3)).toEqual([ties.slice(0, 3), ties.slice(3, 6), [...ties.slice(6), ...old]])
  })

  test('goes on where it was although new tasks came', async () => {
    const now = Date.now()
    const ids = await create(now, 5)
    const pages = await walk(2, async () => void (await create(now + 1000, 3)))
    expect(pages.flat()).toEqual(ids)
  })

  test('goes on although the task of the cursor was removed', async () => {
    const ids = await create(Date.now(), 6)
    const pages = await walk(2, async (page) => {
      const last = page.at(-1)
      if (last) await remove(last)
    })
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4, 6)])
  })

  test('goes on although all tasks of a page vanish while it is read', async () => {
    const ids = await create(Date.now(), 4)
    // As after the index was read, and before the records are.
    await redis.del(...ids.slice(0, 2).map((id) => taskKeys(id).record))
    const first = await tasks.list(ANNA, { limit: 2 })
    expect(first).toEqual({ tasks: [], nextCursor: expect.any(String) })
    const second = await tasks.list(ANNA, { limit: 2, cursor: `${first.nextCursor}` })
    expect(second.tasks.map(({ id }) => id)).toEqual(ids.slice(2))
    expect(second).not.toHaveProperty('nextCursor')
    await redis.flushall()
  })

  test.each(['', 'x', 'bm90IGEgY3Vyc29y', Buffer.from('12.short').toString('base64url'), '💥'])(
    'refuses the cursor %j',
    async (cursor) => {
      await expect(tasks.list(ANNA, { limit: 2, cursor })).rejects.toMatchObject({
        code: 'cursor_invalid',
        message: 'Invalid cursor. Pass the nextCursor of a previous page, or none for the first.',
      })
    },
  )
})
