import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  FORM,
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestSession,
  type TestWorker,
} from '../../test/coordinator.ts'
import { ModernClient } from '../../test/modern-client.ts'

let store: TestStore
let worker: TestWorker
let coordinator: TestCoordinator
let session: TestSession
let anna: ModernClient
let ben: ModernClient
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  coordinator = await openCoordinator(store.url, { apiKeys: ['anna=anna-anna-anna-anna', 'ben=ben-ben-ben-ben-ben'] })
  session = await coordinator.initialize({ headers: { authorization: 'Bearer anna-anna-anna-anna' } })
  anna = new ModernClient(coordinator.address, 'anna-anna-anna-anna')
  ben = new ModernClient(coordinator.address, 'ben-ben-ben-ben-ben')
})
afterAll(async () => {
  await coordinator.close()
  await worker.close()
  await store.stop()
})

const uriOf = (taskId: string, part: string) => `longhaul://tasks/${taskId}/${part}`
const read = async (taskId: string, part: string) => {
  const { body } = await session.request('resources/read', { uri: uriOf(taskId, part) })
  return body.result.contents[0]
}

describe('what can be read of a task', () => {
  test('is listed as templates, whose variable is completed with nothing', async () => {
    const { body } = await session.request('resources/templates/list')
    const parts = ['log', 'result', 'results/{step}', 'transcript']
    const templates = parts.map((part) => `longhaul://tasks/{taskId}/${part}`)
    expect(body.result.resourceTemplates.map(({ uriTemplate }: { uriTemplate: string }) => uriTemplate)).toEqual(
      templates,
    )
    const ref = { type: 'ref/resource', uri: templates[0] }
    const completed = await session.request('completion/complete', { ref, argument: { name: 'taskId', value: '' } })
    expect(completed.body.result.completion.values).toEqual([])
  })

  test('is how it stands while it lives, and its result in the end, in both eras', async () => {
    const taskId = await session.createTask('look')
    const running = await read(taskId, 'result')
    expect(running).toMatchObject({ uri: uriOf(taskId, 'result'), mimeType: 'application/json' })
    expect(JSON.parse(running.text)).toMatchObject({ taskId, tool: 'look', status: 'working' })
    await worker.ask(taskId, { key: 'q1', question: FORM })
    expect(JSON.parse((await read(taskId, 'result')).text)).toMatchObject({ questions: [{ key: 'q1' }] })
    await session.request('tasks/cancel', { taskId })
    const { body } = await anna.ask('resources/read', { uri: uriOf(taskId, 'result') })
    expect(body.result).toMatchObject({ resultType: 'complete', ttlMs: 0, cacheScope: 'private' })
    expect(JSON.parse(body.result.contents[0].text)).toMatchObject({ status: 'cancelled' })
  })

  test('is the conversation with a model so far', async () => {
    const taskId = await session.createTask('look')
    expect(JSON.parse((await read(taskId, 'transcript')).text)).toEqual({ taskId, messages: [] })
    const { ledger } = await worker.claim(taskId)
    const asked = { role: 'user', content: [{ type: 'text', text: 'Look.' }] } as const
    const answer = { model: 'm', role: 'assistant', content: [{ type: 'text', text: 'I look.' }] }
    const step = { type: 'value', key: 'm1', kind: 'model', input: '', at: 1, value: answer } as const
    const said = { messages: [asked], options: { maxTokens: 1 } }
    await ledger.save({ entries: [{ ...step, said }], waits: [] })
    const { messages } = JSON.parse((await read(taskId, 'transcript')).text)
    expect(messages).toEqual([asked, { role: 'assistant', content: answer.content }])
  })

  test('is the whole conversation after a compaction, too, with what the model does not see any more', async () => {
    const taskId = await session.createTask('look')
    const { ledger } = await worker.claim(taskId)
    const user = (text: string) => ({ role: 'user', content: [{ type: 'text', text }] }) as const
    const answer = (text: string, outputTokens: number) => ({
      ...{ model: 'm', role: 'assistant', content: [{ type: 'text', text }], usage: { outputTokens } },
    })
    const base = { type: 'value', input: '', at: 1 } as const
    const compaction = { policy: 'summarise', why: 'near', from: 'm2', summary: 's3', tokens: 9 }
    const recap = { messages: [{ recap: { of: 'm2', until: 'm2' } }], options: { maxTokens: 1 } } as const
    const options = { maxTokens: 1 }
    await ledger.save({
      entries: [
        { ...base, key: 'm1', kind: 'model', value: answer('A', 1), said: { messages: [user('Job')], options } },
        { ...base, key: 'm2', kind: 'model', value: answer('B', 1), said: { after: 'm1', messages: [user('1')] } },
        { ...base, key: 's3', kind: 'model', value: answer('Sum', 5), said: recap },
        { ...base, key: 'c3', kind: 'step', value: compaction },
      ],
      waits: [],
    })
    const whole = ['Job', 'A', '1', 'B']
    const textOf = ({ content }: { content: { text: string }[] }) => content[0]?.text
    const before = JSON.parse((await read(taskId, 'transcript')).text)
    expect(before.messages.map(textOf)).toEqual(whole)
    expect(before.usage.outputTokens).toBe(7)
    const said = { after: 'm2', messages: [user('2')], compaction: 'c3' }
    await ledger.save({ entries: [{ ...base, key: 'm3', kind: 'model', value: answer('C', 1), said }], waits: [] })
    const { messages, leftOut } = JSON.parse((await read(taskId, 'transcript')).text)
    expect(messages.map(textOf)).toEqual([...whole, '2', 'C'])
    expect(leftOut).toEqual([{ since: 5, from: 1, to: 3, policy: 'summarise', summary: 'Sum' }])
  })

  test('is a conversation that is larger than an answer may be, piece by piece from its end', async () => {
    const taskId = await session.createTask('look')
    const { ledger } = await worker.claim(taskId)
    const long = 'x'.repeat(1_500_000)
    const said = (turn: number) => ({
      messages: [{ role: 'user', content: [{ type: 'text', text: `${turn} ${long}` }] } as const],
      ...(turn === 1 ? { options: { maxTokens: 1 } } : { after: `m${turn - 1}` }),
    })
    const value = { model: 'm', role: 'assistant', content: [{ type: 'text', text: 'Yes.' }] }
    for (const turn of [1, 2, 3]) {
      const entry = {
        type: 'value',
        key: `m${turn}`,
        kind: 'model',
        input: '',
        at: 1,
        value,
        said: said(turn),
      } as const
      await ledger.save({ entries: [entry], waits: [] })
    }
    const begins = (messages: { content: { text: string }[] }[]) => messages.map(({ content }) => content[0]?.text[0])
    const newest = JSON.parse((await read(taskId, 'transcript')).text)
    expect([newest.first, newest.earlier]).toEqual([1, uriOf(taskId, 'transcript/1')])
    expect(begins(newest.messages)).toEqual(['Y', '2', 'Y', '3', 'Y'])
    const earlier = JSON.parse((await read(taskId, 'transcript/1')).text)
    expect(begins(earlier.messages)).toEqual(['1'])
    expect(earlier.earlier).toBeUndefined()
  })

  test('is what a tool gave, block by block, while the task runs', async () => {
    const taskId = await session.createTask('look')
    const { ledger } = await worker.claim(taskId)
    const content = [
      { type: 'text', text: 'x'.repeat(100_000) },
      { type: 'image', mimeType: 'image/png', data: 'AAAA' },
      { type: 'resource', resource: { uri: 'notes://a', text: 'A note.' } },
      { type: 'resource_link', uri: 'notes://b', name: 'b' },
    ]
    const base = { type: 'value', input: '', at: 1 } as const
    await ledger.save({
      entries: [
        { ...base, key: 'a b/t1.1', kind: 'tool', value: { content, structuredContent: { a: 1 } } },
        { ...base, key: 's', kind: 'step', value: { content: [] } },
        { key: 't1.2', kind: 'tool', input: '', at: 1, type: 'error', error: { message: 'No such page.' } },
      ],
      waits: [],
    })
    const uri = uriOf(taskId, 'results/a%20b%2Ft1.1')
    const { body } = await session.request('resources/read', { uri })
    expect(body.result.contents).toEqual([
      { uri, mimeType: 'text/plain', text: content[0]?.text },
      { uri, mimeType: 'image/png', blob: 'AAAA' },
      { uri: 'notes://a', text: 'A note.' },
      { uri, mimeType: 'application/json', text: JSON.stringify(content[3]) },
      { uri, mimeType: 'application/json', text: '{"a":1}' },
    ])
    expect(await read(taskId, 'results/t1.2')).toMatchObject({ text: 'No such page.' })
    for (const part of ['results/s', 'results/t9.1', 'results/%', 'results', 'log/1', 'transcript/x']) {
      const { body } = await session.request('resources/read', { uri: uriOf(taskId, part) })
      expect(body.error).toMatchObject({ code: -32002 })
    }
    const { body: foreign } = await ben.ask('resources/read', { uri })
    expect(foreign.error).toMatchObject({ code: -32602, message: `Resource not found: ${uri}` })
  })

  test('is what happened, one event a line', async () => {
    const taskId = await session.createTask('look')
    const { ledger } = await worker.claim(taskId)
    await ledger.log('info', { seen: 1 }, 'eye')
    const { text, mimeType } = await read(taskId, 'log')
    expect(mimeType).toBe('text/plain')
    expect(text.split('\n').map((line: string) => line.replace(/^\S+Z /, ''))).toEqual([
      'created {}',
      'claimed {"worker":"test"}',
      'log {"level":"info","data":{"seen":1},"logger":"eye"}',
      '',
    ])
  })

  test('is nothing to those who may not read the task, and neither is what is no task', async () => {
    const taskId = await session.createTask('look')
    for (const uri of [uriOf(taskId, 'result'), uriOf(taskId, 'log'), uriOf(taskId, 'transcript')]) {
      expect((await ben.ask('resources/read', { uri })).body.error).toEqual({
        code: -32602,
        message: `Resource not found: ${uri}`,
        data: { uri },
      })
    }
    for (const uri of [uriOf('0'.repeat(24), 'result'), uriOf(taskId, 'arguments'), uriOf('x', 'log')]) {
      expect((await session.request('resources/read', { uri })).body.error).toMatchObject({ code: -32002 })
      expect((await session.request('resources/subscribe', { uri })).body.error).toMatchObject({ code: -32002 })
    }
  })

  test('is told of when it changes, in both eras, to those who may read it', async () => {
    const taskId = await session.createTask('look')
    const uri = uriOf(taskId, 'log')
    await session.request('resources/subscribe', { uri })
    const stream = await session.listen()
    const notifications = { resourceSubscriptions: [uri] }
    const listening = await anna.stream('subscriptions/listen', { notifications }, { id: 's' })
    expect((await listening.next()).message.params.notifications).toEqual(notifications)
    const others = await ben.stream('subscriptions/listen', { notifications }, { id: 's' })
    expect((await others.next()).message.params.notifications).toEqual({ resourceSubscriptions: [] })
    const { ledger } = await worker.claim(taskId)
    await ledger.log('debug', 'x')
    expect((await stream.nextMessage('notifications/resources/updated')).message.params).toEqual({ uri })
    expect((await listening.next()).message.params).toMatchObject({ uri })
    for (const one of [stream, listening, others]) one.leave()
  })
})
