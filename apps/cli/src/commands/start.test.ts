import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startStoreProxy, startTestStore } from '@longhaul/testbed'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  aliveOf,
  childrenOf,
  connect,
  familyOf,
  type Longhaul,
  longhaul,
  toolFile,
  writeProject,
} from '../../test/longhaul.ts'

/** No server is found on this PATH, so that the store is the embedded one. */
const NO_PROGRAMS = { PATH: '/nowhere' }
const LOOK = { 'tools/look.ts': toolFile('look', "return 'saw ' + args.at") }
const HOLD = { 'tools/hold.ts': toolFile('hold', "console.log('holding'); await new Promise(() => {})") }

const endpointOf = (run: Longhaul): string => /address +(\S+)/.exec(run.stdout)?.[1] ?? ''
const workersOf = (run: Longhaul): number[] =>
  childrenOf(run.pid).flatMap(({ pid, command }) => (command.includes('main.ts worker') ? [pid] : []))

async function started(dir: string, env: NodeJS.ProcessEnv = {}): Promise<Longhaul> {
  const run = longhaul(['start', dir], { ...NO_PROGRAMS, ...env })
  await run.says('Ctrl-C ends it; tasks go on at the next start.')
  return run
}
const gone = (pids: readonly number[]) => expect.poll(() => aliveOf(pids), { timeout: 15_000 }).toEqual([])

test('brings everything, serves, starts killed workers again, and keeps tasks from one start to the next', {
  timeout: 90_000,
}, async () => {
  const dir = writeProject({ ...LOOK, 'tools/bad.ts': 'const a = (' })
  const run = await started(dir, { LONGHAUL_API_KEYS: 'anna=anna-anna-anna-anna' })
  expect(run.stdout).toMatch(/^ {2}tools {5}look$/m)
  expect(run.stdout).toMatch(/^ {2}workers {3}2$/m)
  expect(run.stdout).toMatch(/^ {2}store {5}embedded\. A crash of this machine, /m)
  expect(run.stdout).toMatch(/^ {2}problem {3}tools\/bad\.ts:1: error: It cannot be loaded: /m)
  expect(run.stdout).toMatch(/^ {2}callers {3}1 API key$/m)
  for (const line of run.stderr.trim().split('\n'))
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) })

  const key = { authorization: 'Bearer anna-anna-anna-anna' }
  const client = await connect(endpointOf(run), key)
  const first = await client.submit('look', { at: 'first' })
  await expect.poll(() => client.status(first), { timeout: 10_000 }).toBe('completed')

  const before = workersOf(run)
  expect(before).toHaveLength(2)
  for (const pid of before) process.kill(pid, 'SIGKILL')
  await run.says('a worker ended; its tasks go on elsewhere')
  const second = await client.submit('look', { at: 'second' })
  await expect.poll(() => client.status(second), { timeout: 20_000 }).toBe('completed')
  expect(workersOf(run)).not.toContain(before[0])

  const family = familyOf(run.pid)
  run.kill('SIGINT')
  expect(await run.exited).toEqual({ code: 0, signal: null })
  await gone(family)
  expect(
    run.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toContainEqual(expect.objectContaining({ name: 'longhaul', reason: 'SIGINT', msg: 'stopping' }))

  const again = await started(dir, { LONGHAUL_API_KEYS: 'anna=anna-anna-anna-anna' })
  expect(await (await connect(endpointOf(again), key)).result(first)).toContain('saw first')
  const { pid } = again
  again.kill('SIGTERM')
  expect(await again.exited).toEqual({ code: 0, signal: null })
  await gone([pid])
})

test('gives the code of the user neither the keys of callers nor a way to end the others', {
  timeout: 60_000,
}, async () => {
  const dir = writeProject({
    'tools/env.ts': toolFile('env', 'return String(process.env.LONGHAUL_API_KEYS)'),
    'tools/forget.ts': toolFile('forget', "void Promise.reject(new Error('secret-secret')); return 'forgotten'"),
    'tools/pretend.ts': toolFile(
      'pretend',
      "process.send?.({ kind: 'ready' }); process.send?.(null); return 'pretended'",
    ),
  })
  const run = await started(dir, { LONGHAUL_API_KEYS: 'anna=anna-anna-anna-anna', LONGHAUL_WORKERS: '1' })
  const client = await connect(endpointOf(run), { authorization: 'Bearer anna-anna-anna-anna' })
  const result = async (name: string) => client.result(await client.submit(name))
  const [worker] = workersOf(run)
  expect(await result('env')).toContain('"text":"undefined"')
  expect(await result('forget')).toContain('"text":"forgotten"')
  expect(await result('pretend')).toContain('"text":"pretended"')
  await run.says('a promise was rejected unheard')
  expect(run.stderr).toContain('tools/forget.ts')
  expect(run.stderr).not.toContain('secret-secret')
  expect(workersOf(run)).toEqual([worker])
})

test('follows code that changes: a new worker takes over, unless it cannot load it, also when the first one is killed', {
  timeout: 120_000,
}, async () => {
  const dir = writeProject({ ...HOLD, 'tools/look.ts': toolFile('look', "return 'saw before'") })
  const write = (body: string) => writeFileSync(join(dir, 'tools/look.ts'), body)
  const env = { LONGHAUL_PROJECT_CHANGES: 'follow', LONGHAUL_WORKERS: '1', LONGHAUL_SHUTDOWN_GRACE_MS: '60000' }
  const run = await started(dir, env)
  const client = await connect(endpointOf(run))
  const look = async () => client.result(await client.submit('look'))
  expect(await look()).toContain('saw before')
  const [first] = workersOf(run)

  write('const a = (')
  await run.says('tools/look.ts:1: error: It cannot be loaded')
  await run.says('the changed code has mistakes; the worker goes on with what it had')
  await expect.poll(() => workersOf(run), { timeout: 20_000 }).toEqual([first])
  expect(await look()).toContain('saw before')

  const held = await client.submit('hold')
  await run.says('holding')
  const killOnce = `
    import { existsSync, writeFileSync } from 'node:fs'
    const dead = ${JSON.stringify(join(dir, 'dead'))}
    if (!existsSync(dead)) {
      writeFileSync(dead, '')
      process.kill(process.pid, 'SIGKILL')
    }
  `
  write(killOnce + toolFile('look', "return 'saw after'"))
  await run.says(/"how":"SIGKILL","againInMs":\d+,"msg":"the worker with the changed code ended before it took over/)
  await run.says('a worker with the changed code has taken over')
  expect(await look()).toContain('saw after')
  // What the first one has in hand may end there.
  expect(workersOf(run)).toHaveLength(2)
  await client.request('tasks/cancel', { taskId: held })
  await expect.poll(() => workersOf(run), { timeout: 20_000 }).toHaveLength(1)
  expect(workersOf(run)).not.toContain(first)
  run.kill('SIGINT')
  expect(await run.exited).toEqual({ code: 0, signal: null })
})

test('a second signal ends it at once, and all that belongs to it', { timeout: 60_000 }, async () => {
  const run = await started(writeProject(HOLD), { LONGHAUL_SHUTDOWN_GRACE_MS: '60000' })
  const client = await connect(endpointOf(run))
  await client.submit('hold')
  await run.says('holding')
  const family = familyOf(run.pid)
  run.kill('SIGINT')
  // The same one again, as a package manager passes it on.
  run.kill('SIGINT')
  await run.says('"msg":"stopping"')
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(aliveOf([run.pid])).toEqual([run.pid])
  run.kill('SIGINT')
  expect(await run.exited).toEqual({ code: 1, signal: null })
  await gone(family)
})

test('a second signal ends a worker, too, whose tool does not give its thread back', { timeout: 60_000 }, async () => {
  const block = { 'tools/block.ts': toolFile('block', "console.log('blocking'); for (;;) {}") }
  const run = await started(writeProject(block), { LONGHAUL_WORKERS: '1' })
  const client = await connect(endpointOf(run))
  await client.submit('block')
  await run.says('blocking')
  const family = familyOf(run.pid)
  run.kill('SIGINT')
  await run.says('"msg":"stopping"')
  run.kill('SIGTERM')
  expect(await run.exited).toEqual({ code: 1, signal: null })
  await gone(family)
})

test('what is told to stop at its end goes on at the next start, and was not done', { timeout: 60_000 }, async () => {
  const body = `
    const { appendFileSync, existsSync } = await import('node:fs')
    const { setTimeout: delay } = await import('node:timers/promises')
    const at = (name) => process.env.EFFECTS + name
    const write = async ({ signal }) => {
      console.log('about to write')
      if (!existsSync(at('again'))) await delay(3_600_000, undefined, { signal })
      appendFileSync(at('effects'), 'written ')
    }
    await ctx.step('before', () => appendFileSync(at('effects'), 'begun '), { inDoubt: 'fail' })
    await ctx.step('write', write, { inDoubt: 'fail' })
    return 'written'`
  const dir = writeProject({ 'tools/write.ts': toolFile('write', body) })
  const env = { EFFECTS: join(dir, 'of-'), LONGHAUL_SHUTDOWN_GRACE_MS: '300', LONGHAUL_WORKERS: '1' }
  const run = await started(dir, env)
  const taskId = await (await connect(endpointOf(run))).submit('write')
  await run.says('about to write')
  const family = familyOf(run.pid)
  run.kill('SIGTERM')
  expect(await run.exited).toEqual({ code: 0, signal: null })
  await gone(family)

  writeFileSync(join(dir, 'of-again'), '')
  const again = await started(dir, env)
  const client = await connect(endpointOf(again))
  await expect.poll(() => client.status(taskId), { timeout: 10_000 }).toBe('completed')
  expect(readFileSync(join(dir, 'of-effects'), 'utf8')).toBe('begun written ')
})

test.each(['SIGKILL', 'SIGHUP'] as const)('nothing is left of it after %s', { timeout: 60_000 }, async (signal) => {
  const run = await started(writeProject(LOOK))
  const family = familyOf(run.pid)
  expect(family.length).toBeGreaterThanOrEqual(3)
  run.kill(signal)
  await run.exited
  await gone(family)
})

test('ends when its store does, and says so', { timeout: 60_000 }, async () => {
  const run = await started(writeProject(LOOK), { LONGHAUL_SHUTDOWN_GRACE_MS: '500' })
  const family = familyOf(run.pid)
  const store = childrenOf(run.pid).find(({ command }) => command.includes('embedded-server'))
  process.kill(store?.pid ?? 0, 'SIGKILL')
  expect(await run.exited).toEqual({ code: 1, signal: null })
  expect(run.stderr).toContain('The store process ended (SIGKILL)')
  await gone(family)
})

test('can be told to end before it is ready', { timeout: 60_000 }, async () => {
  const run = longhaul(['start', writeProject(LOOK)], { REDIS_URL: 'redis://127.0.0.1:1' })
  await run.says('the store is away; trying again until it is back')
  const family = familyOf(run.pid)
  run.kill('SIGINT')
  expect(await run.exited).toEqual({ code: 0, signal: null })
  expect(run.stdout).toBe('')
  await gone(family)
})

describe('does not start', () => {
  test('on a port that is taken, and leaves nothing', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const run = longhaul(['start', writeProject(LOOK)], { ...NO_PROGRAMS, PORT: String(port) })
    await run.says(`longhaul: Port ${port} is taken. Set PORT to another one, or 0 for a free one.`)
    const family = familyOf(run.pid)
    expect(await run.exited).toEqual({ code: 1, signal: null })
    await gone(family)
  })

  test('in a folder that is not there, and makes none', async () => {
    const dir = join(writeProject({}), 'typo')
    const run = longhaul(['start', dir])
    await run.says(`longhaul: There is no project folder ${dir}.`)
    expect(await run.exited).toEqual({ code: 1, signal: null })
    expect(existsSync(dir)).toBe(false)
  })

  test('twice in one folder', { timeout: 60_000 }, async () => {
    const dir = writeProject(LOOK)
    await started(dir, { LONGHAUL_WORKERS: '0' })
    const second = longhaul(['start', dir], NO_PROGRAMS)
    await second.says(/^longhaul: .*in use/m)
    expect(await second.exited).toEqual({ code: 1, signal: null })
  })
})

test('waits for the store of REDIS_URL, and leaves it alone when it ends', { timeout: 60_000 }, async () => {
  const store = await startTestStore()
  const proxy = await startStoreProxy(store.url)
  onTestFinished(async () => {
    await proxy.stop()
    await store.stop()
  })
  await proxy.cut()
  const dir = writeProject(LOOK)
  const run = longhaul(['start', dir], { REDIS_URL: proxy.url })
  await run.says('the store is away; trying again until it is back')
  expect(run.stdout).toBe('')
  await proxy.restore()
  await run.says('Ctrl-C ends it; tasks go on at the next start.')
  expect(run.stdout).toMatch(/^ {2}store {5}external\. /m)
  expect(existsSync(join(dir, '.longhaul'))).toBe(false)
  run.kill('SIGINT')
  expect(await run.exited).toEqual({ code: 0, signal: null })
  await store.flush()
})
