import { describe, expect, it, onTestFinished } from 'vitest'
import { connected, failureOf, httpServer, textOf } from '../test/connected.ts'
import { HttpFixture } from '../test/http-server.ts'
import { startModernServer } from '../test/modern-http-server.ts'

async function started() {
  const fixture = new HttpFixture()
  onTestFinished(() => fixture.stop())
  return { fixture, url: await fixture.start() }
}

describe('a server over Streamable HTTP', () => {
  it('is called with the configured headers, and its session is ended on close', async () => {
    const { fixture, url } = await started()
    const { call, upstreams } = await connected(httpServer(url, { headers: { Authorization: 'Bearer sesame' } }))
    expect(await call('web__echo')).toEqual({ content: [{ type: 'text', text: 'over http' }] })
    expect(fixture.authorization).toBe('Bearer sesame')
    await upstreams.close()
    expect(fixture.methods.at(-1)).toBe('DELETE')
  })

  it('that refuses us is a problem that names the headers, and not what is in them', async () => {
    const { fixture, url } = await started()
    fixture.refuse = () => ({ status: 401 })
    const { upstreams, log } = await connected(httpServer(url, { headers: { Authorization: 'Bearer wrong-one' } }))
    expect(upstreams.problems()).toEqual([
      {
        file: 'mcp.json',
        line: 2,
        severity: 'error',
        message:
          'the server "web" is not available: it answered HTTP 401: ' +
          'look at the "headers" or the "oauth" of this server in mcp.json',
      },
    ])
    expect(log.lines.join('\n')).not.toContain('wrong-one')
  })

  it('that ends the stream of a call without its answer costs that call only', async () => {
    const { url } = await started()
    const { call } = await connected(httpServer(url))
    expect((await failureOf(call('web__drop'))).message).toBe(
      'The server web gave no answer to this call (the connection ended before the answer); ' +
        'it is not known whether it took effect.',
    )
    expect(textOf(await call('web__echo'))).toBe('over http')
  })

  it('is told about a cancelled call, and its stream is closed', async () => {
    const { fixture, url } = await started()
    const { call } = await connected(httpServer(url))
    const controller = new AbortController()
    const reason = new Error('stop')
    await expect(
      call('web__slow', {}, { signal: controller.signal, onProgress: () => controller.abort(reason) }),
    ).rejects.toThrow('The call of web__slow was cut off (stop); it is not known whether it took effect.')
    await fixture.cancelled.promise
    await fixture.slowStreamClosed.promise
    expect(textOf(await call('web__echo'))).toBe('over http')
  })

  it.each([404, 400] as const)(
    'that forgot the session (HTTP %i) gets a new one, and the call goes on',
    async (status) => {
      const { fixture, url } = await started()
      fixture.unknownSessionStatus = status
      const { call } = await connected(httpServer(url))
      fixture.forget()
      expect(textOf(await call('web__echo'))).toBe('over http')
      expect(fixture.methods.filter((method) => method === 'initialize')).toHaveLength(2)
    },
  )

  it('that stops during a call loses it, and the next call waits until it is back', async () => {
    const { fixture, url } = await started()
    const { call, tool, log } = await connected(httpServer(url))
    const began = Promise.withResolvers<void>()
    const result = tool('web__slow').call(
      {},
      { signal: new AbortController().signal, onProgress: () => began.resolve() },
    )
    await began.promise
    await fixture.stop()
    expect((await failureOf(result)).message).toMatch(
      /gave no answer to this call .* not known whether it took effect\.$/,
    )
    const next = call('web__echo')
    expect(await log.line('not available')).toMatch(/ECONNREFUSED/)
    await fixture.start()
    expect(textOf(await next)).toBe('over http')
  })

  it('that goes and comes back while nobody calls it is noticed both times', async () => {
    const { fixture, url } = await started()
    const { changed, log, tool } = await connected(httpServer(url))
    await fixture.stop()
    await log.line('upstream server not available')
    const listed = changed()
    fixture.grow()
    await fixture.start()
    await listed
    expect(tool('web__grown').toolName).toBe('grown')
  })

  it('that forgot the session while nobody calls it is noticed when its stream breaks', async () => {
    const { fixture, url } = await started()
    const { changed, tool } = await connected(httpServer(url))
    await fixture.stop()
    fixture.grow()
    const listed = changed()
    await fixture.start()
    await listed
    expect(tool('web__grown').toolName).toBe('grown')
  })

  it('that comes later is connected then', async () => {
    const { fixture, url } = await started()
    await fixture.stop()
    const { upstreams, changed, call } = await connected(httpServer(url))
    expect(upstreams.tools()).toEqual([])
    expect(upstreams.problems()[0]?.message).toBe(
      'the server "web" is not available: it cannot be reached (ECONNREFUSED)',
    )
    const appeared = changed()
    await fixture.start()
    await appeared
    expect(textOf(await call('web__echo'))).toBe('over http')
    expect(upstreams.problems()).toEqual([])
  })

  it('tells on its stream that its tools changed', async () => {
    const { fixture, url } = await started()
    const { changed, tool } = await connected(httpServer(url))
    const listed = changed()
    fixture.grow()
    await listed
    expect(tool('web__grown').toolName).toBe('grown')
  })
})

describe('a server over Streamable HTTP of 2026', () => {
  it('gets the headers that its tool asks for', async () => {
    const server = await startModernServer()
    onTestFinished(server.stop)
    const { call } = await connected(httpServer(server.url))
    expect(textOf(await call('web__region', { region: 'north' }))).toBe('region in north')
  })

  it('is asked for its tools again when the stream of changes ended', async () => {
    const server = await startModernServer()
    onTestFinished(server.stop)
    const { changed, tool } = await connected(httpServer(server.url))
    const listed = changed()
    server.growAndHangUp()
    await listed
    expect(tool('web__grown').toolName).toBe('grown')
  })
})
