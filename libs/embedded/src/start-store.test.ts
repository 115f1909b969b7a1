import { join } from 'node:path'
import { needs, spawnNode } from '@longhaul/testbed'
import { describe, expect, onTestFinished, test } from 'vitest'
import { lockDirectory } from './directory-lock.ts'
import { openClient, openStore, readHolder } from './fixtures/open-store.ts'
import { makeTemporaryFolder } from './fixtures/temporary-folder.ts'
import { startStore } from './start-store.ts'

const KINDS = ['embedded', 'native'] as const

describe.for(KINDS)('a store that is %s', (kind) => {
  const it = test.runIf(kind === 'embedded' || needs('redis-server', 'a store that is native'))

  /** A process that owns the store of `dir`, and a client of it. */
  const openOwner = async (dir: string) => {
    const owner = spawnNode(join(import.meta.dirname, 'fixtures/owner.ts'), { args: [dir, kind] })
    onTestFinished(async () => {
      await owner.kill('SIGKILL')
      // Its store writes its last before it lets go of the folder, which may be removed only then.
      await (await lockDirectory(dir)).release()
    })
    const { url } = await owner.ready((message): message is { url: string } => Object(message).url !== undefined)
    return { owner, redis: openClient(url) }
  }

  it('keeps its data when it is stopped and started', async () => {
    const dir = await makeTemporaryFolder()
    const first = await openStore({ dir, kind })
    await first.redis.set('lasting', 'a', 'EX', 1000)
    await Promise.all([first.store.stop(), first.store.stop()])
    const second = await openStore({ dir, kind })
    expect(await second.redis.get('lasting')).toBe('a')
    expect(await second.redis.ttl('lasting')).toBeGreaterThan(900)
  })

  it('writes its last and ends when its owner is killed, while the next one waits for it', async () => {
    const dir = await makeTemporaryFolder()
    const { owner, redis } = await openOwner(dir)
    await redis.set('lasting', 'a')
    await owner.kill('SIGKILL')
    const next = await openStore({ dir, kind })
    expect(await next.redis.get('lasting')).toBe('a')
    await expect(redis.ping()).rejects.toThrow()
  })

  it('refuses a folder that another one holds, and says who', async () => {
    const dir = await makeTemporaryFolder()
    const { owner } = await openOwner(dir)
    await expect(openStore({ dir, kind })).rejects.toThrow(
      new RegExp(`^The data beside ${dir}/store.lock is in use by another Longhaul \\(process ${owner.pid} on .*\\)`),
    )
  })

  it('starts again after its owner and the store process are killed at once', async () => {
    const dir = await makeTemporaryFolder()
    const { owner } = await openOwner(dir)
    process.kill(await readHolder(dir), 'SIGKILL')
    await owner.kill('SIGKILL')
    const next = await openStore({ dir, kind })
    expect(await next.redis.ping()).toBe('PONG')
  })

  it('says so when it ends unasked, and leaves no server behind', async () => {
    const dir = await makeTemporaryFolder()
    const { store, redis } = await openStore({ dir, kind })
    await redis.ping()
    const disconnected = new Promise((resolve) => redis.once('end', resolve))
    process.kill(await readHolder(dir), 'SIGKILL')
    expect(await store.exited).toContain('The store process ended (SIGKILL)')
    await disconnected
    await store.stop()
  })

  it('makes everything durable on SIGTERM', async () => {
    const dir = await makeTemporaryFolder()
    const first = await openStore({ dir, kind })
    await first.redis.set('lasting', 'a')
    process.kill(await readHolder(dir), 'SIGTERM')
    expect(await first.store.exited).toBe('The store process was asked to end by somebody else.')
    const second = await openStore({ dir, kind })
    expect(await second.redis.get('lasting')).toBe('a')
  })

  it('goes on after Ctrl-C, since those who use it still have to finish', async () => {
    const dir = await makeTemporaryFolder()
    const { redis } = await openStore({ dir, kind })
    process.kill(await readHolder(dir), 'SIGINT')
    process.kill(await readHolder(dir), 'SIGHUP')
    for (let n = 1; n <= 20; n++) expect(await redis.incr('n')).toBe(n)
  })

  it('keeps nothing and locks nothing in memory', async () => {
    const dir = await makeTemporaryFolder()
    const kept = await openStore({ dir, kind })
    await kept.redis.set('lasting', 'a')
    const other = await openStore({ dir, kind, keep: false })
    expect(await other.redis.dbsize()).toBe(0)
    await other.redis.set('passing', 'b')
    await other.store.stop()
    const third = await openStore({ dir, kind, keep: false })
    expect(await third.redis.dbsize()).toBe(0)
    expect(third.store.durability).toBe('In memory only: everything is gone when it stops.')
  })
})

test('uses REDIS_URL without starting anything', async () => {
  const dir = await makeTemporaryFolder()
  const url = 'redis://somebody:secret@127.0.0.1:1'
  const store = await startStore({ dir, env: { PATH: process.env.PATH, REDIS_URL: url }, log: () => {} })
  expect(store).toMatchObject({ url, kind: 'external' })
  expect(store.durability).toContain('appendfsync')
  await store.stop()
})

test.each([
  ['fsync', /^LONGHAUL_DURABILITY=fsync needs a valkey-server or redis-server on the PATH, or REDIS_URL: /],
  ['replica', /^LONGHAUL_DURABILITY=replica needs a store that has replicas\. Set REDIS_URL, or take fsync\.$/],
])('does not start embedded where LONGHAUL_DURABILITY says %s', async (durability, reason) => {
  const dir = await makeTemporaryFolder()
  await expect(startStore({ dir, env: { PATH: '' }, log: () => {}, durability })).rejects.toThrow(reason)
})

test('is embedded when nothing is on the PATH', async () => {
  const dir = await makeTemporaryFolder()
  const store = await startStore({ dir, env: { PATH: '' }, log: () => {} })
  onTestFinished(() => store.stop())
  expect(store.kind).toBe('embedded')
  expect(await openClient(store.url).ping()).toBe('PONG')
})
