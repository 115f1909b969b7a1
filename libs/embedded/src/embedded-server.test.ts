import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { SNAPSHOT_EVERY_MS } from './durability.ts'
import { openStore, readHolder } from './fixtures/open-store.ts'
import { makeTemporaryFolder } from './fixtures/temporary-folder.ts'

test('loses to SIGKILL no more than what came after the last snapshot, and takes none when nothing changed', async () => {
  const dir = await makeTemporaryFolder()
  const first = await openStore({ dir, kind: 'embedded' })
  await first.redis.set('before', 'a')
  const snapshot = join(dir, 'embedded/dump.rdb')
  await expect.poll(() => existsSync(snapshot), { timeout: 2 * SNAPSHOT_EVERY_MS, interval: 20 }).toBe(true)
  // Nothing happens in this time, which is what is tested.
  await delay(SNAPSHOT_EVERY_MS * 1.1)
  expect(await first.redis.info('persistence')).toContain('rdb_saves:1\r\n')
  process.kill(await readHolder(dir), 'SIGKILL')
  await first.store.exited
  const second = await openStore({ dir, kind: 'embedded' })
  expect(await second.redis.get('before')).toBe('a')
})

test('moves a damaged snapshot aside, says so, and starts empty', async () => {
  const dir = await makeTemporaryFolder()
  const folder = join(dir, 'embedded')
  const first = await openStore({ dir, kind: 'embedded' })
  await first.redis.set('lasting', 'a'.repeat(1000))
  await first.store.stop()
  const bytes = await readFile(join(folder, 'dump.rdb'))
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  await writeFile(join(folder, 'dump.rdb'), bytes)

  const second = await openStore({ dir, kind: 'embedded' })
  expect(await second.redis.dbsize()).toBe(0)
  await second.store.stop()
  const aside = (await readdir(folder)).find((name) => name.startsWith('dump.rdb.damaged-')) ?? ''
  expect(await readFile(join(folder, aside))).toEqual(bytes)
  expect(second.logged).toEqual([
    expect.stringMatching(
      /^The snapshot of the store is damaged \(Wrong RDB checksum .*\)\. It was moved to .*empty\.$/,
    ),
  ])
  expect(second.logged[0]).toContain(join(folder, aside))
})

test('says so when a snapshot cannot be written, and that the last one failed', async () => {
  const dir = await makeTemporaryFolder()
  const { store, redis, logged } = await openStore({ dir, kind: 'embedded' })
  // Valkey writes here first; nobody, not even root, can open a folder for writing.
  await mkdir(join(dir, 'embedded/temp-42.rdb'))
  await redis.set('lasting', 'a')
  await expect.poll(() => logged.length, { timeout: 2 * SNAPSHOT_EVERY_MS }).toBe(1)
  expect(logged[0]).toContain('The store cannot write its snapshot, and goes on in memory')
  await store.stop()
  expect(logged[1]).toContain('The last snapshot of the store failed: Failed opening the temp RDB file')
})

test('keeps the jobs of BullMQ, those that wait and those that are delayed', async () => {
  const dir = await makeTemporaryFolder()
  const first = await openStore({ dir, kind: 'embedded' })
  const writing = new Queue('q', { connection: { url: first.store.url } })
  writing.on('error', () => {})
  await writing.add('waits', {})
  await writing.add('is prioritised', {}, { priority: 2 })
  await writing.add('is delayed', {}, { delay: 500 })
  await writing.add('is delayed for long', {}, { delay: 3600_000 })
  await writing.close()
  await first.store.stop()

  const second = await openStore({ dir, kind: 'embedded' })
  const connection = { url: second.store.url, maxRetriesPerRequest: null }
  const done: string[] = []
  const worker = new Worker('q', async ({ name }) => void done.push(name), { connection })
  const reading = new Queue('q', { connection })
  onTestFinished(async () => {
    await Promise.all([worker.close(), reading.close()])
  })
  await expect.poll(() => done.toSorted(), { timeout: 5000 }).toEqual(['is delayed', 'is prioritised', 'waits'])
  expect(await reading.getJobCounts('delayed', 'wait', 'prioritized')).toEqual({ delayed: 1, wait: 0, prioritized: 0 })
})
