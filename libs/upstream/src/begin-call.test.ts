import { expect, it, onTestFinished } from 'vitest'
import { connected, httpServer, stdioServer, textOf } from '../test/connected.ts'
import { startModernServer } from '../test/modern-http-server.ts'
import type { Begun, ServerAsk } from './index.ts'

const ASKING = 'fix__asks_sampling-2b52d36b'
const signal = new AbortController().signal
const said = (begun: Begun) => (begun.kind === 'result' ? textOf(begun.result) : begun.kind)
const asks = { sampling: 'model', elicitation: 'deny', roots: [] } as const

it('hears what a child process asks in a call, and answers it', async () => {
  const { tool } = await connected(stdioServer({ asks }))
  const heard: ServerAsk[] = []
  const onAsk = (ask: ServerAsk, reply: (reply: { error: { code: number; message: string } }) => Promise<void>) => {
    heard.push(ask)
    void reply({ error: { code: -1, message: 'Not today' } })
  }
  expect(said(await tool(ASKING).begin({}, { signal, onAsk }))).toBe('-1 Not today')
  expect(heard).toMatchObject([{ method: 'sampling/createMessage', params: { maxTokens: 1 } }])
})

it('refuses what a child process asks while several calls are under way, since nobody knows in which', async () => {
  const { tool } = await connected(stdioServer({ asks }))
  const began = Promise.withResolvers<void>()
  const other = new AbortController()
  const slow = tool('fix__slow').begin({}, { signal: other.signal, onProgress: () => began.resolve() })
  slow.catch(() => {})
  await began.promise
  const onAsk = () => {
    throw new Error('It is not known to be of this call.')
  }
  expect(said(await tool(ASKING).begin({}, { signal, onAsk }))).toContain('does not know in which call')
  other.abort()
})

it('sends the headers that a tool of 2026 asks for, as text that a header can hold', async () => {
  const server = await startModernServer()
  onTestFinished(() => server.stop())
  const { tool } = await connected(httpServer(server.url))
  expect(said(await tool('web__region').begin({ region: 'Oslo' }, { signal }))).toBe('region in Oslo')
  const encoded = Buffer.from('Tromsø').toString('base64')
  expect(said(await tool('web__region').begin({ region: 'Tromsø' }, { signal }))).toBe(
    `region in =?base64?${encoded}?=`,
  )
})

it('says of a task whose process has ended that it is gone', async () => {
  const { tool } = await connected(stdioServer())
  const task = { id: 't', era: 'legacy', home: { kind: 'process', id: 'another' } } as const
  expect(await tool('fix__echo').look(task, signal)).toEqual({ kind: 'gone', why: 'the process that ran it has ended' })
})
