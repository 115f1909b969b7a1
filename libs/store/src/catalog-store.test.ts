import type { CatalogEntry } from '@longhaul/task'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { toOffer } from './announced.ts'
import { CatalogAnnouncer, CatalogReader } from './catalog-store.ts'
import { openStore } from './fixtures/open-store.ts'

const store = await openStore()
const { redis, settings, connection, watch } = store
const announcer = new CatalogAnnouncer(connection, settings)

const entry = (name: string, definition = 'd1', version?: string): CatalogEntry => ({
  name,
  definition,
  ...(version !== undefined && { version }),
  description: `What ${name} does.`,
  inputSchema: { type: 'object' },
  taskSupport: 'optional',
  queue: 'default',
  needs: {},
})
/** As if nobody had announced the tool for longer than the grace. */
const fallSilent = (of: CatalogEntry) => redis.zadd('{lh:catalog}:seen', 1, toOffer(of))
/** What a coordinator sees that starts now. */
const listed = async () => (await new CatalogReader(connection, watch).entries()).map(({ name }) => name)

test('withdraws what is not there any more, at once, and says so', async () => {
  await announcer.announce([entry('stays'), entry('goes')])
  const reader = new CatalogReader(connection, watch)
  const changed = Promise.withResolvers<void>()
  const stop = await reader.watch(changed.resolve)
  await announcer.withdraw(['goes'])
  await changed.promise
  expect((await reader.entries()).map(({ name }) => name)).toEqual(['stays'])
  await stop()
})

describe('announce', () => {
  test('lists entries in order of their names', async () => {
    await announcer.announce([entry('write'), entry('read')])
    await announcer.announce([entry('Ask')])
    expect(await listed()).toEqual(['Ask', 'read', 'write'])
  })

  test('replaces an entry that has changed', async () => {
    await announcer.announce([entry('read')])
    await announcer.announce([entry('read', 'd2')])
    const reader = new CatalogReader(connection, watch)
    expect(await reader.find('read')).toEqual(entry('read', 'd2'))
    expect(await reader.find('write')).toBeUndefined()
  })

  test('drops what no worker has announced for longer than the grace', async () => {
    await announcer.announce([entry('read'), entry('write')])
    await fallSilent(entry('read'))
    await fallSilent(entry('write'))
    await announcer.announce([entry('write')])
    expect(await listed()).toEqual(['write'])
  })

  test('keeps what another worker has announced within the grace', async () => {
    await announcer.announce([entry('read')])
    await announcer.announce([])
    expect(await listed()).toEqual(['read'])
  })

  test('keeps what a worker has announced whose clock is late', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 2 * settings.catalogGraceMs })
    onTestFinished(() => void vi.useRealTimers())
    await announcer.announce([entry('late')])
    vi.useRealTimers()
    await announcer.announce([entry('read')])
    expect(await listed()).toEqual(['late', 'read'])
  })

  test('says that something changed, and only then', async () => {
    const heard: string[] = []
    const stop = await watch.on('lh:catalog:changed', () => heard.push('changed'))
    await announcer.announce([entry('read')])
    await announcer.announce([entry('read')])
    await announcer.announce([entry('read', 'd2')])
    await fallSilent(entry('read'))
    await fallSilent(entry('read', 'd2'))
    await announcer.announce([])
    await redis.publish('lh:catalog:changed', '')
    await expect.poll(() => heard.length).toBe(4)
    await stop()
  })

  test('lets the store forget everything when the last worker falls silent', async () => {
    await announcer.announce([entry('read')])
    for (const key of ['{lh:catalog}:entries', '{lh:catalog}:seen', '{lh:catalog}:since']) {
      expect(await redis.pttl(key)).toBeGreaterThan(settings.catalogGraceMs - 10_000)
      await redis.pexpire(key, 5000)
    }
    await announcer.announce([entry('read')])
    expect(await redis.pttl('{lh:catalog}:entries')).toBeGreaterThan(settings.catalogGraceMs - 10_000)
  })
})

describe('of several versions that workers have side by side', () => {
  const [one, two] = [entry('read', 'd1', '1'), entry('read', 'd1', '2')]
  const version = async () => (await new CatalogReader(connection, watch).find('read'))?.version
  /** As if the first was announced a while ago. */
  const age = (of: CatalogEntry) => redis.zadd('{lh:catalog}:since', 1, toOffer(of))

  test('the newest is listed, whoever says so again', async () => {
    await announcer.announce([one])
    await age(one)
    await announcer.announce([two])
    expect(await version()).toBe('2')
    await announcer.announce([one])
    expect(await version()).toBe('2')
  })

  test('another is listed when nobody has announced that for longer than the grace, at no time none', async () => {
    await announcer.announce([one])
    await age(one)
    await announcer.announce([two])
    await fallSilent(two)
    await announcer.announce([])
    expect(await version()).toBe('2')
    await announcer.announce([one])
    expect(await version()).toBe('1')
    // Who comes back with it has something new again.
    await announcer.announce([two])
    expect(await version()).toBe('2')
  })

  test('all are withdrawn with their tool', async () => {
    await announcer.announce([one, entry('write')])
    await announcer.announce([two])
    await announcer.withdraw(['read'])
    expect(await version()).toBeUndefined()
    expect(await redis.zrangebyscore('{lh:catalog}:seen', '-inf', '+inf')).toEqual([toOffer(entry('write'))])
  })

  test('it is known when each was last announced', async () => {
    const reader = new CatalogReader(connection, watch)
    const before = Date.now()
    await announcer.announce([one, entry('a: b', 'd1', '1')])
    await redis.zadd('{lh:catalog}:seen', 5, toOffer(two))
    expect(await reader.versionSeenAt('read', '1')).toBeGreaterThanOrEqual(before)
    expect(await reader.versionSeenAt('a: b', '1')).toBeGreaterThanOrEqual(before)
    expect(await reader.versionSeenAt('read', '2')).toBe(5)
    expect(await reader.versionSeenAt('read', '3')).toBe(0)
  })
})

describe('a reader', () => {
  test('does not ask the store each time, and hears at once of a change', async () => {
    await announcer.announce([entry('read')])
    // The news of that announcement has arrived when one that was published later has.
    const later = Promise.withResolvers<string>()
    const stop = await watch.on('later', later.resolve)
    await redis.publish('later', '')
    await later.promise
    await stop()
    const reader = new CatalogReader(connection, watch)
    expect(await reader.find('write')).toBeUndefined()
    const calls = async () => /cmdstat_hgetall:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]
    const before = await calls()
    await reader.entries()
    await reader.find('read')
    expect(await calls()).toBe(before)
    await announcer.announce([entry('read'), entry('write')])
    await expect.poll(() => reader.find('write')).toEqual(entry('write'))
  })

  test('keeps the object of an entry that did not change, so that its schema is compiled once', async () => {
    await announcer.announce([entry('read'), entry('write')])
    const reader = new CatalogReader(connection, watch)
    const [read, write] = await reader.entries()
    await announcer.announce([entry('read'), entry('write', 'd2')])
    await expect.poll(() => reader.find('write')).not.toBe(write)
    expect(await reader.find('read')).toBe(read)
  })
})
