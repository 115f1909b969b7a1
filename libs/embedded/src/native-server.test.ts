import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { needs } from '@longhaul/testbed'
import { expect, test } from 'vitest'
import { openStore } from './fixtures/open-store.ts'
import { makeTemporaryFolder } from './fixtures/temporary-folder.ts'
import { startStore } from './start-store.ts'

const canRun = needs('redis-server', 'native-server.test.ts')

test.runIf(canRun)('appends every change to a file, syncs it every second, and never evicts', async () => {
  const dir = await makeTemporaryFolder()
  const { redis } = await openStore({ dir, kind: 'native' })
  const configured = async (name: string) => (await redis.config('GET', name)) as string[]
  expect(await configured('appendonly')).toEqual(['appendonly', 'yes'])
  expect(await configured('appendfsync')).toEqual(['appendfsync', 'everysec'])
  expect(await configured('maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
  expect(await configured('save')).toEqual(['save', ''])
  expect(await configured('bind')).toEqual(['bind', '127.0.0.1'])
  expect(await configured('dir')).toEqual(['dir', join(dir, 'redis')])
})

test.runIf(canRun)('syncs each change before it is acknowledged where LONGHAUL_DURABILITY says fsync', async () => {
  const dir = await makeTemporaryFolder()
  const { redis, store } = await openStore({ dir, kind: 'native', durability: 'fsync' })
  expect(await redis.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always'])
  expect(store.durability).toBe('Each change is on disk before it is acknowledged, so that no crash loses any.')
})

test.runIf(canRun)('gives the last words of a server that dies at start', async () => {
  const dir = await makeTemporaryFolder()
  await mkdir(join(dir, 'redis/appendonlydir'), { recursive: true })
  await writeFile(join(dir, 'redis/appendonlydir/appendonly.aof.manifest'), 'nonsense')
  await expect(openStore({ dir, kind: 'native' })).rejects.toThrow(
    /-server ended \(code 1\)\. It last said:\n.*FATAL AOF MANIFEST FILE ERROR/s,
  )
})

test('says that a server cannot be run', async () => {
  const dir = await makeTemporaryFolder()
  const program = join(dir, 'valkey-server')
  await writeFile(program, '#!/nowhere/interpreter\n')
  await chmod(program, 0o755)
  const starting = startStore({ dir: join(dir, '.longhaul'), kind: 'native', env: { PATH: dir }, log: () => {} })
  await expect(starting).rejects.toThrow(`${program} cannot be run: spawn ${program} ENOENT`)
})
