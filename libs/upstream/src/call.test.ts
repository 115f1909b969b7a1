import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { callSlowly, connected, failureOf, stdioServer, temporaryFolder, textOf } from '../test/connected.ts'

describe('a call', () => {
  it('gives what the server answers, and sends the idempotency key along', async () => {
    const { call } = await connected(stdioServer())
    expect(await call('fix__echo', { text: 'hi' }, { idempotencyKey: 'task1.t3.1' })).toEqual({
      content: [{ type: 'text', text: 'hi' }],
      structuredContent: { meta: { 'dev.longhaul/idempotencyKey': 'task1.t3.1' } },
    })
  })

  it('is of the trace that it is made for', async () => {
    const { call } = await connected(stdioServer())
    const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', baggage: 'k=v' }
    const { structuredContent } = await call('fix__echo', { text: 'hi' }, { idempotencyKey: 'k', trace })
    expect(structuredContent).toEqual({ meta: { ...trace, 'dev.longhaul/idempotencyKey': 'k' } })
  })

  it('reports progress', async () => {
    const { call } = await connected(stdioServer())
    const seen: unknown[] = []
    const result = await call('fix__progress', {}, { onProgress: (progress) => seen.push(progress) })
    expect(textOf(result)).toBe('done')
    expect(seen).toEqual([
      { progress: 1, total: 2, message: 'half' },
      { progress: 2, total: 2, message: 'whole' },
    ])
  })

  it('is not sent when its arguments do not fit, and says what is wrong with them', async () => {
    const { call, fixtureLog } = await connected(stdioServer())
    const result = await call('fix__echo', { text: 5, how: 'shrill', extra: true })
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(/^The arguments do not fit the input schema of fix__echo, and it was not called: /)
    for (const fault of [/text must be string/, /how must be one of \["loud","soft"\]/, /'extra'/]) {
      expect(textOf(result)).toMatch(fault)
    }
    expect(textOf(await call('fix__seven'))).toMatch(/must have required property 'x'/)
    expect(fixtureLog()).not.toContain('tools/call')
  })

  it('goes out unchecked where the schema is of another dialect or leads elsewhere, which is logged once', async () => {
    const { call, log } = await connected(stdioServer())
    for (const name of ['fix__old', 'fix__old', 'fix__remote']) expect(textOf(await call(name))).toBe('called')
    expect(log.lines.filter((line) => line.includes('not checked'))).toHaveLength(2)
  })

  it('becomes an error result when the server answers with an error, or without content', async () => {
    const { call } = await connected(stdioServer())
    expect(await call('fix__fail')).toEqual({
      content: [
        {
          type: 'text',
          text: 'The server fix gave no result for fix__fail: error -32050, the moon is in the way.',
        },
      ],
      isError: true,
    })
    const bad = await call('fix__bad')
    expect(bad.isError).toBe(true)
    expect(textOf(bad)).toBe('The server fix gave no result for fix__bad: its answer has no content.')
  })

  it.each(['legacy', 'modern'])('is cancelled on a %s server at its limit, and says so', async (era) => {
    const { call, fixtureLog } = await connected(stdioServer({ env: { FIXTURE_ERA: era } }))
    const { message, ...marks } = await failureOf(call('fix__slow', {}, { timeoutMs: 20 }))
    expect(message).toBe(
      'fix__slow did not end within its limit of 20 ms and was told to stop; it is not known whether it took effect.',
    )
    expect(marks).toMatchObject({ isOutcomeUnknown: true, retryable: undefined })
    // The pipe keeps the order: once this is answered, what was sent before has arrived.
    await call('fix__echo', { text: 'x' })
    expect(fixtureLog().filter((line) => line === 'notifications/cancelled')).toHaveLength(1)
  })

  it("has its server's limit, unless it brings its own", async () => {
    const { call } = await connected(stdioServer({ timeoutMs: 30 }))
    expect((await failureOf(call('fix__slow'))).message).toMatch(/limit of 30 ms/)
    expect((await failureOf(call('fix__slow', {}, { timeoutMs: 40 }))).message).toMatch(/limit of 40 ms/)
  })

  it('is cancelled on the server when its signal aborts, and does not say that it did nothing unless it was not sent', async () => {
    const { tool, call, fixtureLog } = await connected(stdioServer())
    const controller = new AbortController()
    const { result } = await callSlowly(tool('fix__slow'), controller.signal)
    const reason = new Error('the task was cancelled')
    controller.abort(reason)
    expect(await failureOf(result)).toMatchObject({
      message: 'The call of fix__slow was cut off (the task was cancelled); it is not known whether it took effect.',
      isOutcomeUnknown: true,
    })
    await expect(call('fix__echo', { text: 'x' }, { signal: controller.signal })).rejects.toBe(reason)
    await call('fix__echo', { text: 'x' })
    expect(fixtureLog().filter((line) => line === 'notifications/cancelled')).toHaveLength(1)
    expect(fixtureLog().filter((line) => line === 'tools/call')).toHaveLength(2)
  })

  it.each(['legacy', 'modern'])('tells that a %s server died, and the next one finds it restarted', async (era) => {
    const { tool, call, fixtureLog } = await connected(stdioServer({ env: { FIXTURE_ERA: era } }))
    const { result, pid } = await callSlowly(tool('fix__slow'))
    process.kill(pid, 'SIGKILL')
    expect(await failureOf(result)).toMatchObject({
      message: 'The server fix exited during this call; it is not known whether it took effect.',
      isOutcomeUnknown: true,
      retryable: true,
    })
    expect(textOf(await call('fix__echo', { text: 'again' }))).toBe('again')
    expect(fixtureLog().filter((line) => line === 'tools/call')).toHaveLength(2)
  })

  it('has a new server after one that hangs, and none when it was only slow', async () => {
    const { tool, call, fixtureLog } = await connected(stdioServer())
    const starts = () => fixtureLog().filter((line) => line.startsWith('start'))
    await failureOf(call('fix__slow', {}, { timeoutMs: 20 }))
    await expect.poll(() => fixtureLog().at(-1)).toBe('ping')
    await call('fix__echo', { text: 'x' })
    expect(starts()).toHaveLength(1)

    const { result, pid } = await callSlowly(tool('fix__slow'), undefined, 1000)
    process.kill(pid, 'SIGSTOP')
    expect((await failureOf(result)).message).toMatch(/did not end within its limit/)
    await expect.poll(starts, { timeout: 20_000 }).toHaveLength(2)
    expect(textOf(await call('fix__echo', { text: 'again' }))).toBe('again')
    process.kill(pid, 'SIGKILL')
  })

  it('waits for its server only as long as it may, and is answered once that is back', async () => {
    const broken = join(temporaryFolder(), 'broken')
    const env = { FIXTURE_BROKEN: broken, FIXTURE_KEY: 'sk-very-secret' }
    const { call, log, upstreams } = await connected(stdioServer({ env }))
    writeFileSync(broken, '')
    expect((await failureOf(call('fix__crash'))).message).toMatch(/exited during this call/)

    const line = await log.line('cannot start')
    expect(line).toBe(
      'warn {"server":"fix"} upstream server not available: ' +
        'it exited while starting; its last words: cannot start with key ***',
    )
    expect(await failureOf(call('fix__echo', { text: 'x' }, { timeoutMs: 20 }))).toMatchObject({
      message: expect.stringMatching(/^The server fix is not available \(it exited while starting.* was not called\.$/),
      isOutcomeUnknown: undefined,
      retryable: true,
    })
    expect(upstreams.problems()[0]).toMatchObject({ file: 'mcp.json', line: 2, severity: 'error' })

    rmSync(broken)
    expect(textOf(await call('fix__echo', { text: 'back' }))).toBe('back')
  })

  it('can be aborted while it waits for its server', async () => {
    const broken = join(temporaryFolder(), 'broken')
    const { call } = await connected(stdioServer({ env: { FIXTURE_BROKEN: broken } }))
    writeFileSync(broken, '')
    await failureOf(call('fix__crash'))
    const controller = new AbortController()
    const waiting = call('fix__echo', { text: 'x' }, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  it('rejects instead of having an outcome when the connections are closed', async () => {
    const { tool, upstreams } = await connected(stdioServer())
    const { result, pid } = await callSlowly(tool('fix__slow'))
    await Promise.all([expect(result).rejects.toThrow(/cut off .*connections .* are closed/), upstreams.close()])
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    await expect(tool('fix__echo').call({ text: 'x' }, { signal: new AbortController().signal })).rejects.toThrow(
      /connections .* are closed/,
    )
  })

  it('gets a refusal to the server that asks for sampling', async () => {
    const { call } = await connected(stdioServer())
    const name = 'fix__asks_sampling-2b52d36b'
    expect(textOf(await call(name))).toBe('-32601 Longhaul does not pass sampling/createMessage on to anybody here')
    const modern = await connected(stdioServer({ env: { FIXTURE_ERA: 'modern' } }))
    const result = await modern.call(name)
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(/asks for sampling, elicitation or roots .* passed on for exposed tools only/)
  })
})
