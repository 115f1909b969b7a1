import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aliveOf, longhaul, toolFile, writeProject } from '../../test/longhaul.ts'
import { type StdioClient, stdioClient } from '../../test/stdio-client.ts'

/** No server is found on this PATH, so that the store is the embedded one. */
const ENV = { PATH: '/nowhere', LONGHAUL_WORKERS: '1', LONGHAUL_LINGER_MS: '500', LONGHAUL_REACH_WAIT_MS: '60000' }
const LOOK = { 'tools/look.ts': toolFile('look', "return 'saw ' + args.at") }
const NAP = { 'tools/nap.ts': toolFile('nap', "await ctx.sleep(Number(args.at)); return 'slept'") }

const recordOf = (dir: string) => JSON.parse(readFileSync(join(dir, '.longhaul', 'installation.json'), 'utf8'))

/** Ids of the processes that an installation of the folder consists of. */
function installationOf(dir: string): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  return lines
    .filter((line) => line.includes(dir) && !line.includes(' stdio '))
    .map((line) => Number.parseInt(line, 10))
}
const gone = (dir: string) => expect.poll(() => installationOf(dir), { timeout: 30_000 }).toEqual([])

function project(files: Readonly<Record<string, string>> = LOOK): string {
  const dir = writeProject(files)
  onTestFinished(() => {
    for (const pid of installationOf(dir)) process.kill(pid, 'SIGKILL')
  })
  return dir
}
const startIn = (dir: string, env: NodeJS.ProcessEnv = {}): StdioClient => stdioClient([dir], { ...ENV, ...env })

describe('without an address', () => {
  test('two that begin at once share one installation, which outlives the first and ends after the last', {
    timeout: 120_000,
  }, async () => {
    const dir = project()
    const [first, second] = [startIn(dir), startIn(dir)]
    await Promise.all([first.open(), second.open()])
    const taskId = await first.submit('look', { at: 'first' })
    expect(await second.result(taskId)).toContain('saw first')
    expect(installationOf(dir).length).toBeGreaterThan(0)
    const { run } = recordOf(dir)

    first.kill('SIGKILL')
    await first.exited
    expect(await second.result(await second.submit('look', { at: 'second' }))).toContain('saw second')
    expect(recordOf(dir).run).toBe(run)

    second.stdin.end()
    expect(await second.exited).toEqual({ code: 0, signal: null })
    await gone(dir)
    expect(existsSync(join(dir, '.longhaul', 'installation.json'))).toBe(false)

    const later = startIn(dir)
    await later.open()
    expect(await later.result(taskId)).toContain('saw first')
  })

  test('goes on with what it waited for when the installation is killed: another one is started', {
    timeout: 120_000,
  }, async () => {
    const dir = project({ ...LOOK, ...NAP })
    const client = startIn(dir)
    await client.open()
    const result = client.result(await client.submit('nap', { at: '4000' }))
    const [coordinator] = installationOf(dir)
    process.kill(coordinator ?? 0, 'SIGKILL')
    expect(await result).toContain('slept')
    expect(aliveOf([coordinator ?? 0])).toEqual([])
    // Its own stream comes back by itself, and may be later than the first of these tasks.
    await expect
      .poll(async () => {
        const taskId = await client.submit('look', { at: 'again' })
        await client.result(taskId)
        return client.messages().some(({ method, params }) => method?.endsWith('/status') && params?.taskId === taskId)
      })
      .toBe(true)
  })

  test('serves nobody who does not have the key, which only its person can read', { timeout: 90_000 }, async () => {
    const dir = project()
    const client = startIn(dir)
    await client.open()
    const { url, key } = recordOf(dir)
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize' })
    const post = (headers: Record<string, string>) =>
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
    expect((await post({})).status).toBe(401)
    expect((await post({ authorization: `Bearer ${key}` })).status).toBe(200)
    expect(statSync(join(dir, '.longhaul', 'installation.json')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(dir, '.longhaul', 'stdio.log'), 'utf8')).not.toContain(key)
    expect(client.stderr).not.toContain(key)
  })

  test('uses the installation that somebody has started in the folder, as whom its key says', {
    timeout: 90_000,
  }, async () => {
    const dir = project()
    const run = longhaul(['start', dir], { ...ENV, LONGHAUL_API_KEYS: 'anna=anna-anna-anna-anna' })
    await run.says('Ctrl-C ends it; tasks go on at the next start.')
    const [local, anna, nobody] = [
      startIn(dir),
      startIn(dir, { LONGHAUL_API_KEY: 'anna-anna-anna-anna' }),
      startIn(dir, { LONGHAUL_API_KEY: 'wrong-wrong-wrong-wrong' }),
    ]
    await Promise.all([local.open(), anna.open()])
    const taskId = await anna.submit('look', { at: 'anna' })
    expect(await anna.result(taskId)).toContain('saw anna')
    expect((await local.ask('tasks/get', { taskId })).error.code).toBe(-32602)
    expect((await nobody.ask('initialize')).error.message).toContain('LONGHAUL_API_KEY')
    for (const client of [local, anna, nobody]) client.stdin.end()
    await Promise.all([local.exited, anna.exited, nobody.exited])
    expect(aliveOf([run.pid])).toEqual([run.pid])
  })

  test('does not bring back by itself what somebody has ended, and uses what that person starts next', {
    timeout: 90_000,
  }, async () => {
    const dir = project()
    const byHand = async () => {
      const run = longhaul(['start', dir], ENV)
      await run.says('Ctrl-C ends it; tasks go on at the next start.')
      return run
    }
    const run = await byHand()
    const client = startIn(dir)
    await client.open()
    const taskId = await client.submit('look', { at: 'first' })
    expect(await client.result(taskId)).toContain('saw first')
    run.kill('SIGINT')
    await run.exited
    await client.says('the installation cannot be reached')
    await byHand()
    expect(await client.result(taskId)).toContain('saw first')
    expect(existsSync(join(dir, '.longhaul', 'stdio.log'))).toBe(false)
  })

  test.each([
    ['a store that is not there', {}, { LONGHAUL_DURABILITY: 'replica' }, 'needs a store that has replicas'],
    ['a place that is taken', { '.longhaul': 'a file' }, {}, 'EEXIST'],
  ])(
    'says of an installation that needs %s why it did not start, to each request',
    {
      timeout: 60_000,
    },
    async (_what, files, env, reason) => {
      const client = startIn(project(files), { ...env, LONGHAUL_REACH_WAIT_MS: '0' })
      for (let time = 0; time < 2; time++) {
        const { error } = await client.ask('initialize')
        expect(error).toMatchObject({ code: -31000, message: expect.stringContaining(reason) })
      }
    },
  )
})

describe('with an address', () => {
  test('says that nobody is there, and serves when somebody is', { timeout: 60_000 }, async () => {
    const PORT = await freePort()
    const client = stdioClient(['--url', `http://127.0.0.1:${PORT}`], { LONGHAUL_REACH_WAIT_MS: '0' })
    const { error } = await client.ask('initialize')
    expect(error.code).toBe(-31000)
    expect(error.message).toBe(`Longhaul cannot be reached at http://127.0.0.1:${PORT}/mcp (ECONNREFUSED).`)
    const run = longhaul(['start', project()], { ...ENV, PORT })
    await run.says('Ctrl-C ends it; tasks go on at the next start.')
    await client.open()
    expect(await client.result(await client.submit('look', { at: 'all' }))).toContain('saw all')
  })

  test.each(['localhost:4620', 'ftp://here', 'here'])('takes no %j', async (url) => {
    const run = longhaul(['stdio'], { LONGHAUL_URL: url })
    await run.says(`longhaul: '${url}' is no http:// or https:// address of Longhaul;`)
    expect(await run.exited).toEqual({ code: 1, signal: null })
    expect(run.stdout).toBe('')
  })
})

test('ends with 1 where there is no project, and makes none', async () => {
  const dir = join(writeProject({}), 'typo')
  const run = longhaul(['stdio', dir])
  await run.says(`longhaul: There is no project folder ${dir}.`)
  expect(await run.exited).toEqual({ code: 1, signal: null })
  expect(run.stdout).toBe('')
  expect(existsSync(dir)).toBe(false)
})

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return String(port)
}
