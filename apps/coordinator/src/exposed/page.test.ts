import type { JsonObject } from '@longhaul/task'
import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCoordinator, openWorker, type TestCoordinator, type TestWorker } from '../../test/coordinator.ts'
import { ModernClient } from '../../test/modern-client.ts'
import { pageOf } from './page.ts'

const page = (names: readonly string[], cursor?: string) => pageOf(names, (name) => name, { cursor, size: 2 })

describe('a page goes on after the one before it', () => {
  const NAMES = ['b', 'c', 'd', 'e', 'f']
  const { page: first, nextCursor = '' } = page(NAMES)

  test.each([
    { changed: 'stays', names: NAMES, second: ['d', 'e'] },
    { changed: 'loses what was told last', names: ['b', 'd', 'e', 'f'], second: ['d', 'e'] },
    { changed: 'loses all that was told', names: ['d', 'e', 'f'], second: ['d', 'e'] },
    { changed: 'loses what would be next', names: ['b', 'c', 'e', 'f'], second: ['e', 'f'] },
    { changed: 'grows before it', names: ['a', ...NAMES], second: ['d', 'e'] },
    { changed: 'grows after it', names: ['b', 'c', 'ca', 'd', 'e', 'f'], second: ['ca', 'd'] },
    { changed: 'is empty', names: [], second: [] },
  ])('when the list $changed [F19]', ({ names, second }) => {
    expect(first).toEqual(['b', 'c'])
    expect(page(names, nextCursor).page).toEqual(second)
  })

  test('and the last one has no cursor [F19]', () => {
    const second = page(NAMES, nextCursor)
    expect(page(NAMES, second.nextCursor)).toEqual({ page: ['f'] })
    expect(page(['a', 'b'])).toEqual({ page: ['a', 'b'] })
  })

  test.each(['', 'x', 'after:b', Buffer.from('before:b').toString('base64url')])(
    'and the cursor %j is refused [F19]',
    (cursor) => {
      expect(() => page(NAMES, cursor)).toThrow('Invalid cursor. Pass the nextCursor of a previous page, or none.')
    },
  )
})

const exposed = (name: string, as: JsonObject) => ({ name, description: '', as: as as never })
const CATALOG = [
  ...['p1', 'p2', 'p3'].map((name) => exposed(`prompt:${name}`, { kind: 'prompt', name, arguments: [] })),
  ...['a:1', 'a:2', 'a:3'].map((uri) => exposed(`resource:${uri}`, { kind: 'resource', uri, name: uri })),
]

describe('on the wire', () => {
  let store: TestStore
  let worker: TestWorker
  const coordinators: TestCoordinator[] = []
  beforeAll(async () => {
    store = await startTestStore()
    worker = await openWorker(store.url)
    await worker.announce(CATALOG)
    const changed = { catalogPageSize: 2, taskTools: 'listed' } as const
    for (let count = 0; count < 2; count++) coordinators.push(await openCoordinator(store.url, changed))
  })
  afterAll(async () => {
    for (const { close } of coordinators) await close()
    await worker.close()
    await store.stop()
  })

  const askers = {
    legacy: async () => {
      const session = await coordinators[0]?.initialize()
      return async (at: number, method: string, params: object) =>
        (await session?.send({ id: 1, method, params }, coordinators[at]?.address))?.body
    },
    modern: async () => async (at: number, method: string, params: object) =>
      (await new ModernClient(coordinators[at]?.address ?? '').ask(method, params)).body,
  }

  describe.each(Object.entries(askers))('of the %s era', (_era, open) => {
    test.each([
      { method: 'tools/list', member: 'tools', by: 'name', count: 13 },
      { method: 'prompts/list', member: 'prompts', by: 'name', count: 3 },
      { method: 'resources/list', member: 'resources', by: 'uri', count: 3 },
      { method: 'resources/templates/list', member: 'resourceTemplates', by: 'uriTemplate', count: 4 },
    ])('$method gives every entry once, in order, from any coordinator [F4 F19]', async (listing) => {
      const { method, member, by, count } = listing
      const ask = await open()
      const names: string[] = []
      let cursor: string | undefined
      let pages = 0
      do {
        const { result } = await ask(pages % 2, method, cursor === undefined ? {} : { cursor })
        expect(result[member].length).toBeLessThanOrEqual(2)
        names.push(...result[member].map((item: JsonObject) => item[by]))
        cursor = result.nextCursor
        pages++
      } while (cursor !== undefined)
      expect(names).toEqual([...new Set(names)].sort())
      expect(names).toHaveLength(count)
      expect(pages).toBe(Math.ceil(count / 2))
      for (const wrong of ['', 'x']) expect((await ask(0, method, { cursor: wrong })).error.code).toBe(-32602)
    })
  })
})
