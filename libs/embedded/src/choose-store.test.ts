import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { chooseStore, findProgram, type StoreWish } from './choose-store.ts'
import { makeTemporaryFolder } from './fixtures/temporary-folder.ts'

/** A `.longhaul` folder with these files, and a PATH with these programs. */
async function choose(given: {
  files?: string[]
  programs?: string[]
  url?: string
  kind?: StoreWish['kind']
  keep?: boolean
}) {
  const [folder, path] = [await makeTemporaryFolder(), await makeTemporaryFolder()]
  for (const file of given.files ?? []) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), '')
  }
  for (const program of given.programs ?? []) {
    await writeFile(join(path, program), '')
    await chmod(join(path, program), 0o755)
  }
  const logged: string[] = []
  const env = { PATH: path, REDIS_URL: given.url }
  const { keep = true, kind } = given
  const choice = () => chooseStore({ folder, env, keep, kind, log: (line) => logged.push(line) })
  return { folder, path, choice, logged }
}

const NATIVE_DATA = 'redis/appendonlydir/appendonly.aof.manifest'
const EMBEDDED_DATA = 'embedded/dump.rdb'

test('takes REDIS_URL before everything', async () => {
  const { choice } = await choose({ url: 'rediss://host:6379', programs: ['redis-server'], files: [NATIVE_DATA] })
  expect(choice()).toEqual({ kind: 'external', url: 'rediss://host:6379' })
})

test.each(['localhost:6379', 'http://host:6379', 'me:secret'])(
  'refuses REDIS_URL=%s, and does not repeat it',
  async (url) => {
    const { choice } = await choose({ url })
    expect(choice).toThrow(
      /^REDIS_URL cannot be used: it is not a URL of a store\. It takes redis:\/\/user:password@host:6379\/0, /,
    )
  },
)

test('prefers valkey-server to redis-server, and either to the embedded one', async () => {
  const both = await choose({ programs: ['redis-server', 'valkey-server'] })
  expect(both.choice()).toEqual({ kind: 'native', program: join(both.path, 'valkey-server') })
  const one = await choose({ programs: ['redis-server'] })
  expect(one.choice()).toEqual({ kind: 'native', program: join(one.path, 'redis-server') })
  const none = await choose({})
  expect(none.choice()).toEqual({ kind: 'embedded' })
})

test('stays embedded where the data is, and says so', async () => {
  const { choice, logged, folder, path } = await choose({ programs: ['redis-server'], files: [EMBEDDED_DATA] })
  expect(choice()).toEqual({ kind: 'embedded' })
  expect(logged).toEqual([
    `The store stays embedded, since its data is in ${folder}/${EMBEDDED_DATA}. ` +
      `Move that away to start empty with ${path}/redis-server.`,
  ])
})

test('does not start empty where a native server that is gone has data', async () => {
  const { choice, folder } = await choose({ files: [NATIVE_DATA] })
  expect(choice).toThrow(
    `${folder}/redis/appendonlydir holds the data of a valkey-server or redis-server, and there is none on the PATH. ` +
      `Install one, set REDIS_URL, or move ${folder}/redis away to start empty.`,
  )
})

test('does what it is asked for', async () => {
  const files = [NATIVE_DATA, EMBEDDED_DATA]
  const embedded = await choose({ kind: 'embedded', programs: ['redis-server'], url: 'redis://host', files })
  expect(embedded.choice()).toEqual({ kind: 'embedded' })
  expect(embedded.logged).toEqual([])
  const native = await choose({ kind: 'native' })
  expect(native.choice).toThrow('There is no valkey-server or redis-server on the PATH.')
})

test('ignores what is on disk when nothing is to be kept', async () => {
  const { choice } = await choose({ keep: false, files: [NATIVE_DATA] })
  expect(choice()).toEqual({ kind: 'embedded' })
})

test('finds only files that can be executed', async () => {
  const folder = await makeTemporaryFolder()
  await mkdir(join(folder, 'redis-server'))
  await writeFile(join(folder, 'valkey-server'), '')
  expect(findProgram(['redis-server', 'valkey-server'], { PATH: folder })).toBeUndefined()
})
