import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { callSlowly, connected, failureOf, stdioServer, textOf } from '../test/connected.ts'
import { RecordingLog } from '../test/recording-log.ts'
import { TASK_LIMITS } from '../test/task-limits.ts'
import { connectUpstreams } from './upstreams.ts'

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('connecting to upstream servers', () => {
  it('lists the tools of every page as the server describes them', async () => {
    const { upstreams, tool } = await connected(stdioServer({ trusted: true }))
    expect(upstreams.tools().map(({ name }) => name)).toEqual([
      'fix__echo',
      'fix__where',
      'fix__slow',
      'fix__crash',
      'fix__bad',
      'fix__fail',
      'fix__progress',
      'fix__asks_sampling-2b52d36b',
      'fix__grow',
      'fix__old',
      'fix__seven',
      'fix__remote',
    ])
    const echo = tool('fix__echo')
    expect(echo).toMatchObject({
      taskSupport: 'forbidden',
      name: 'fix__echo',
      toolName: 'echo',
      server: 'fix',
      trusted: true,
      title: 'Echo',
      description: 'Gives back what it gets.',
      inputSchema: {
        type: 'object',
        properties: { text: { type: 'string' }, how: { enum: ['loud', 'soft'] } },
        required: ['text'],
        additionalProperties: false,
      },
      annotations: { readOnlyHint: true, 'x-own': 1 },
      icons: [{ src: 'https://example.org/echo.png' }],
      _meta: { 'example.org/kind': 'test' },
    })
    // The author's order is what a model sees.
    expect(Object.keys(echo.inputSchema)).toEqual(['properties', 'additionalProperties', 'required', 'type'])
  })

  it('replaces servers: keeps those that are as before, connects to new ones, lets the others end their calls', async () => {
    const kept = stdioServer({ name: 'kept' })
    const { upstreams, tool, dir } = await connected(kept, stdioServer({ name: 'old' }))
    const { result, pid } = await callSlowly(tool('old__slow'))
    const before = tool('kept__echo')
    const moved = { ...kept, env: { FIXTURE_LOG: join(dir, 'notes.log') }, source: { file: 'mcp.json', line: 9 } }
    const letGo = upstreams.replace([moved, stdioServer({ name: 'new' })])
    await upstreams.settled
    expect(tool('kept__echo')).toBe(before)
    expect(tool('new__echo').server).toBe('new')
    expect(() => tool('old__echo')).toThrow('There is no tool old__echo')
    expect(isAlive(pid)).toBe(true)
    const failure = failureOf(result)
    await letGo()
    expect((await failure).message).toContain('The call of old__slow was cut off')
    expect(isAlive(pid)).toBe(false)
  })

  it('leaves out what is no tool, with a problem that names it', async () => {
    const { upstreams } = await connected(stdioServer())
    expect(upstreams.problems()).toEqual([
      {
        file: 'mcp.json',
        line: 2,
        severity: 'warning',
        message: 'the server "fix": its tool "echo" is listed twice; the first one counts',
      },
      {
        file: 'mcp.json',
        line: 2,
        severity: 'warning',
        message: 'the server "fix": its tool "shapeless" has no inputSchema and is left out',
      },
    ])
  })

  it('takes one process and one handshake where a server speaks 2025', async () => {
    const { fixtureLog } = await connected(stdioServer())
    expect(fixtureLog().map((line) => line.replace(/\d+/, 'PID'))).toEqual([
      'start PID',
      'initialize',
      'notifications/initialized',
      'tools/list',
      'tools/list',
    ])
  })

  it('speaks 2026 with a server that refuses the handshake of 2025', async () => {
    const { call, fixtureLog } = await connected(stdioServer({ env: { FIXTURE_ERA: 'modern' } }))
    expect(await call('fix__echo', { text: 'hi' })).toMatchObject({
      structuredContent: { meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } },
    })
    expect(fixtureLog()).toContain('server/discover')
  })

  it('runs a process in the project folder, or in the folder of its entry, with its own variables only', async () => {
    const { call, dir } = await connected(
      stdioServer({ env: { OWN: 'yes' } }),
      stdioServer({ name: 'inside', cwd: 'no/such/folder' }),
    )
    process.env.LONGHAUL_TEST_SECRET = 'do not pass on'
    const { cwd, env } = JSON.parse(String(textOf(await call('fix__where'))))
    expect(cwd).toBe(dir)
    expect(env.OWN).toBe('yes')
    expect(env.PATH).toBe(process.env.PATH)
    expect(env.LONGHAUL_TEST_SECRET).toBeUndefined()
  })

  it('is not held up by a server that is not there, and says what is wrong with it', async () => {
    const { upstreams, log, call } = await connected(
      stdioServer({ name: 'none', command: 'no-such-program' }),
      stdioServer(),
    )
    expect(textOf(await call('fix__echo', { text: 'hi' }))).toBe('hi')
    expect(upstreams.problems()[0]).toEqual({
      file: 'mcp.json',
      line: 2,
      severity: 'error',
      message:
        'the server "none" is not available: its command was not found, ' +
        'or the folder that it should run in does not exist',
    })
    // The second failure is the same one: it is not told twice.
    await log.line('debug {"server":"none"}')
    expect(log.lines.filter((line) => line.startsWith('warn {"server":"none"}'))).toHaveLength(1)
  })

  it('says how long a server had to start that does not answer, and what gives it more', async () => {
    const silent = stdioServer({ args: ['-e', 'process.stdin.resume()'], connectTimeoutMs: 100 })
    const { upstreams } = await connected(silent)
    expect(upstreams.problems()).toMatchObject([
      {
        message:
          'the server "fix" is not available: it did not answer within 100 ms ' +
          '(its "connectTimeoutMs" in mcp.json, or LONGHAUL_UPSTREAM_CONNECT_MS)',
      },
    ])
  })

  it('can be closed while a server has not answered yet', async () => {
    const silent = stdioServer({ args: ['-e', 'process.stdin.resume()'] })
    const upstreams = connectUpstreams([silent], {
      log: new RecordingLog(),
      clientInfo: { name: 'longhaul', version: '0.0.0' },
      dir: import.meta.dirname,
      timeoutMs: 1000,
      connectTimeoutMs: 1000,
      tasks: TASK_LIMITS,
    })
    await upstreams.close()
    await upstreams.settled
    expect(upstreams.tools()).toEqual([])
  })

  it.each(['legacy', 'modern'])('lists again when a %s server says that its tools changed', async (era) => {
    const { call, changed, tool } = await connected(stdioServer({ env: { FIXTURE_ERA: era } }))
    const echo = tool('fix__echo')
    const listed = changed()
    await call('fix__grow')
    await listed
    expect(textOf(await call('fix__grown'))).toBe('called')
    expect(tool('fix__echo')).toBe(echo)
  })

  it('lists again when the tools changed while they were listed', async () => {
    const { upstreams } = await connected(stdioServer({ env: { FIXTURE_GROWS: 'yes' } }))
    await expect.poll(() => upstreams.tools().map(({ name }) => name)).toContain('fix__grown')
  })

  it('works with the filesystem server', async () => {
    const packageFile = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/package.json')
    const args = [join(packageFile, '../dist/index.js'), '.']
    const { call, dir, upstreams } = await connected(stdioServer({ name: 'files', args }))
    writeFileSync(join(dir, 'hello.txt'), 'hello from a file')
    expect(await call('files__read_text_file', { path: 'hello.txt' })).toEqual({
      content: [{ type: 'text', text: 'hello from a file' }],
      structuredContent: { content: 'hello from a file' },
    })
    expect((await call('files__read_text_file', { path: '/etc/passwd' })).isError).toBe(true)
    expect(upstreams.problems()).toEqual([])
  })
})
