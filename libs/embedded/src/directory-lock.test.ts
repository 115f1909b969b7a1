import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { lockDirectory } from './directory-lock.ts'
import { makeTemporaryFolder } from './fixtures/temporary-folder.ts'
import { identify } from './process-identity.ts'

const SINCE = '2026-01-02T03:04:05.678Z'
const ME = identify(process.pid)

/** A process that was there and is gone. */
async function makeDead() {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  const identity = identify(child.pid ?? 0)
  await once(child, 'exit')
  return identity
}

async function makeLocked(holder: object) {
  const folder = await makeTemporaryFolder()
  await writeFile(join(folder, 'store.lock'), JSON.stringify({ host: hostname(), since: SINCE, ...holder }))
  return folder
}

test('names this process while it is held, and leaves nothing behind', async () => {
  const folder = await makeTemporaryFolder()
  const lock = await lockDirectory(folder)
  await lock.noteServer(process.ppid)
  expect(await readdir(folder)).toEqual(['store.lock'])
  expect(JSON.parse(await readFile(join(folder, 'store.lock'), 'utf8'))).toMatchObject({
    holder: { pid: process.pid },
    server: { pid: process.ppid },
  })
  await lock.release()
  expect(await readdir(folder)).toEqual([])
})

test('takes over from a dead process', async () => {
  const dead = await makeDead()
  const folder = await makeLocked({ holder: dead, owner: ME })
  await (await lockDirectory(folder)).release()
})

test.runIf(process.platform === 'linux')(
  'takes over from a dead process whose number another one has now',
  async () => {
    const folder = await makeLocked({ holder: { pid: process.pid, started: '1' }, owner: ME })
    await (await lockDirectory(folder)).release()
  },
)

test('is given to one of many who find the same stale lock', async () => {
  const dead = await makeDead()
  const folder = await makeLocked({ holder: dead, owner: dead })
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockDirectory(folder)))
  const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  expect(locks.length).toBe(1)
  expect(await readdir(folder)).toEqual(['store.lock'])
})

test('ends a server that nobody watches over any more, and waits for it', async () => {
  const dead = await makeDead()
  const orphan = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  onTestFinished(() => void orphan.kill('SIGKILL'))
  const folder = await makeLocked({ holder: dead, owner: dead, server: identify(orphan.pid ?? 0) })
  const exited = once(orphan, 'exit')
  const lock = await lockDirectory(folder)
  expect(await exited).toEqual([null, 'SIGTERM'])
  await lock.release()
})

describe('refuses a lock', () => {
  test('that a live process holds', async () => {
    const folder = await makeLocked({ holder: ME, owner: ME })
    await expect(lockDirectory(folder)).rejects.toThrow(
      `The data beside ${folder}/store.lock is in use by another Longhaul (process ${process.pid} on ${hostname()} ` +
        `since ${SINCE}). Stop that one, or start this one in another folder.`,
    )
  })

  test('of another machine, where nobody can look', async () => {
    const folder = await makeLocked({ holder: { pid: 7 }, owner: { pid: 6 }, host: 'elsewhere' })
    await expect(lockDirectory(folder)).rejects.toThrow(
      `${folder}/store.lock is held by process 6 on elsewhere since ${SINCE}, and from here nobody can see whether ` +
        'that lives. If it does not, delete the file.',
    )
  })

  test('that is not one of ours', async () => {
    const folder = await makeTemporaryFolder()
    await writeFile(join(folder, 'store.lock'), '4711\n{')
    await expect(lockDirectory(folder)).rejects.toThrow('store.lock is not a lock file of Longhaul')
  })
})
