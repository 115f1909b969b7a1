import { RedisTaskWatch, Watch } from '@longhaul/store'
import type { Delta, ModelAnswer } from '@longhaul/task'
import {
  anthropicAnswer,
  chatAnswer,
  events,
  json,
  type ProviderServer,
  type Reply,
  startProviderServer,
  TOO_LONG,
  toEvents,
  turn,
} from '@longhaul/testbed/providers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { toolFile, writeProject } from '../test/project.ts'
import { isReady, workerSpawner } from '../test/spawn-worker.ts'
import { openStoreOfFile } from '../test/worker-store.ts'

const KEY = 'sk-secret-0123456789'

const store = await openStoreOfFile()
let server: ProviderServer
beforeEach(async () => {
  server = await startProviderServer()
})
const spawnWorker = workerSpawner(() => store.url)
afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

const agent = (model: string, tools = '[]') =>
  `---\ndescription: A clerk.\nmodel: ${model}\ntools: ${tools}\napproval: never\n---\nYou are a clerk.\n`
const start = async (files: Record<string, string>, env: NodeJS.ProcessEnv = {}) => {
  const given = { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: server.url, VLLM_BASE_URL: `${server.url}/v1` }
  const worker = spawnWorker(writeProject(files), { ...given, LONGHAUL_RETRY_BACKOFF_MS: '10', ...env })
  await worker.ready(isReady)
  return worker
}
const settled = (taskId: string) => expect.poll(() => store.outcome(taskId), { timeout: 20_000 })
const says = (text: string) => turn(anthropicAnswer([{ type: 'text', text }], 'end_turn'))
const calls = (...names: string[]) => {
  const uses = names.map((name, index) => ({ type: 'tool_use', id: `toolu_${index}`, name, input: {} }))
  return turn(anthropicAnswer(uses, 'tool_use'))
}
const tooMany = (headers: Record<string, string>) =>
  json({ type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } }, 429, headers)
const answersOf = async (taskId: string) => {
  const task = await store.engine.inspect(store.principal, taskId)
  return (await store.engine.readJournal(task)).flatMap((entry) =>
    entry.type === 'value' && entry.kind === 'model' ? (entry.value as unknown as ModelAnswer) : [],
  )
}

test('an agent takes turns with tools through a provider, and says what it cost', async () => {
  const files = {
    'agents/clerk.md': agent('anthropic/claude-sonnet-5-5', '"*"'),
    'tools/look.ts': toolFile('look', "return 'it is sunny'"),
    'tools/hear.ts': toolFile('hear', "return 'it is loud'"),
    'prices.yaml': 'anthropic/claude-sonnet-5-5: { input: 1000, output: 10000 }\n',
  }
  await start(files)
  server.reply(calls('look', 'hear'), says('Sunny and loud.'))
  const taskId = await store.submit('clerk', { prompt: 'How is it?' })
  await settled(taskId).toContain('Sunny and loud.')
  expect(server.sent(1, 'messages', 2)).toMatchObject({
    content: [
      { type: 'tool_result', tool_use_id: 'toolu_0', content: 'it is sunny' },
      { type: 'tool_result', tool_use_id: 'toolu_1', content: 'it is loud' },
    ],
  })
  // Two turns of 12 and 7 tokens.
  const spent = { usage: { inputTokens: 24, outputTokens: 14 }, costUsd: 0.164 }
  expect(JSON.parse((await store.outcome(taskId)) ?? '').result._meta['dev.longhaul/agent']).toMatchObject(spent)
  expect((await answersOf(taskId)).map(({ costUsd }) => costUsd)).toEqual([0.082, 0.082])
})

test('a rate limit pauses the key for all workers, holds nothing, and is no attempt', async () => {
  // One slot each: whoever waited in it would hold up the plain tool.
  const env = { LONGHAUL_CONCURRENCY: '1', LONGHAUL_RETRY_MAX_ATTEMPTS: '1', LONGHAUL_RETRY_JITTER_PERCENT: '0' }
  const files = {
    'agents/clerk.md': agent('anthropic/claude-test'),
    'agents/other.md': agent('anthropic/claude-other'),
    'tools/look.ts': toolFile('look', "return 'it is sunny'"),
  }
  const workers = await Promise.all([start(files, env), start(files, env)])
  server.reply(tooMany({ 'retry-after': '3' }), says('One.'), says('Two.'), says('Three.'))
  const limitedAt = performance.now()
  const first = await store.submit('clerk', { prompt: 'One?' })
  const paused = async () => (await store.redis.keys('lh:pause:*')).length
  await expect.poll(paused).toBe(1)
  const others = await Promise.all(['clerk', 'other'].map((name) => store.submit(name, { prompt: 'More?' })))
  const plain = await store.submit('look')
  await settled(plain).toContain('it is sunny')
  expect(server.requests).toHaveLength(1)
  for (const taskId of [first, ...others]) await settled(taskId).toMatch(/One|Two|Three/)
  expect(performance.now() - limitedAt).toBeGreaterThan(2900)
  expect(server.requests).toHaveLength(4)
  const events = JSON.stringify(await store.redis.xrange(`{lh:${first.slice(0, 2)}}:events`, '-', '+'))
  expect(events).toContain("Too many requests (HTTP 429: Slow down). The step 'm1' is put off.")
  const output = workers.map((worker) => worker.output).join('')
  expect(output).not.toContain(KEY)
  expect((await store.redis.keys('*')).join('')).not.toContain(KEY)
})

test('a large result is an excerpt, and a conversation that is too long goes on without its oldest turns', async () => {
  const files = {
    'agents/clerk.md': agent('anthropic/claude-test', '"*"'),
    'tools/look.ts': toolFile('look', "return 'sunny '.repeat(20_000)"),
  }
  await start(files, { LONGHAUL_SHOWN_RESULT_BYTES: '2000' })
  server.reply(calls('look'), calls('look'), json(TOO_LONG.anthropic, 400), says('All is sunny.'), says('Sunny.'))
  const taskId = await store.submit('clerk', { prompt: 'How is it?' })
  await settled(taskId).toContain('Sunny.')
  const [, second, third, summing, last] = server.requests.map(({ body }) => JSON.stringify(body))
  expect(second).toContain(`are left out here …`)
  expect(second).toContain(`longhaul://tasks/${taskId}/results/t1.1`)
  expect(second).toContain('read_result')
  expect(summing).toContain('Assistant calls look')
  expect(last).toContain('This is a summary of what was left out:')
  expect(server.sent(4, 'messages', 'length')).toBe(3)
  expect(server.sent(2, 'messages', 'length')).toBe(5)
  expect(third?.length).toBeLessThan(20_000)
  expect(JSON.parse((await store.outcome(taskId)) ?? '').result._meta['dev.longhaul/agent'].usage.inputTokens).toBe(48)
})

test('an overload is tried again, and so is an answer that is cut off', async () => {
  await start({ 'agents/clerk.md': agent('anthropic/claude-test') })
  const overloaded = json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 529)
  const half = toEvents(anthropicAnswer([{ type: 'text', text: 'It is sunny.' }], 'end_turn')).slice(0, 5)
  server.reply(overloaded, events(half, { isCut: true }), says('Sunny.'))
  const taskId = await store.submit('clerk', { prompt: 'How is it?' })
  await settled(taskId).toContain('Sunny.')
  expect(server.requests).toHaveLength(3)
  expect((await answersOf(taskId)).map(({ content }) => content)).toEqual([[{ type: 'text', text: 'Sunny.' }]])
})

test('the next model of the list answers where the first cannot', async () => {
  await start({ 'agents/clerk.md': agent('[anthropic/claude-test, vllm/local]') })
  server.reply(tooMany({ 'retry-after': '600' }), turn(chatAnswer({ content: 'Local.' }, 'stop')))
  const taskId = await store.submit('clerk', { prompt: 'How is it?' })
  await settled(taskId).toContain('Local.')
  expect(server.requests.map(({ path }) => path)).toEqual(['/v1/messages', '/v1/chat/completions'])
  // While the first is paused nobody asks it.
  server.reply(turn(chatAnswer({ content: 'Again.' }, 'stop')))
  const later = await store.submit('clerk', { prompt: 'And now?' })
  await settled(later).toContain('Again.')
  const [answer] = await answersOf(later)
  expect(answer).toMatchObject({ model: 'vllm/local', passedOver: [{ model: 'anthropic/claude-test' }] })
  expect(answer?.passedOver?.[0]?.why).toContain('takes no requests')
})

test('what a model says is told while it says it, and is kept nowhere', async () => {
  await start({ 'agents/clerk.md': agent('anthropic/claude-test') }, { LONGHAUL_DELTA_INTERVAL_MS: '1' })
  const stream = toEvents(anthropicAnswer([{ type: 'text', text: 'It is sunny in Rome.' }], 'end_turn'))
  const goOn = Promise.withResolvers<void>()
  const slow: Reply = (response, request) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const write = (event: object | string) => {
      const { type } = event as { readonly type: string }
      response.write(`event: ${type}\ndata: ${JSON.stringify(event)}\n\n`)
    }
    expect(request.body).toMatchObject({ stream: true })
    for (const event of stream.slice(0, 5)) write(event)
    void goOn.promise.then(() => {
      for (const event of stream.slice(5)) write(event)
      response.end()
    })
  }
  server.reply(tooMany({ 'retry-after': '1' }), slow)
  const taskId = await store.submit('clerk', { prompt: 'How is it?' })
  const heard: Delta[] = []
  const watch = new RedisTaskWatch(new Watch(store.connection))
  const stop = await watch.watchDeltas(taskId, (delta) => heard.push(delta))
  const said = () => heard.map(({ text }) => text).join('')
  await expect.poll(said).toContain('It is')
  expect(await store.outcome(taskId)).toBeUndefined()
  goOn.resolve()
  await settled(taskId).toContain('It is sunny in Rome.')
  await expect.poll(said).toBe('It is sunny in Rome.')
  expect(heard[0]).toMatchObject({ step: 'm1', attempt: 2, model: 'anthropic/claude-test', kind: 'text', offset: 0 })
  const offsets = heard.map(({ offset }, place) => [
    offset,
    heard
      .slice(0, place)
      .map(({ text }) => text)
      .join('').length,
  ])
  for (const [offset, before] of offsets) expect(offset).toBe(before)
  expect(JSON.stringify(await store.redis.xrange(`{lh:${taskId.slice(0, 2)}}:events`, '-', '+'))).not.toContain('sunny')
  await stop()
})

test('whole answers are asked for where nobody wants to hear them live', async () => {
  await start({ 'agents/clerk.md': agent('anthropic/claude-test') }, { LONGHAUL_DELTA_INTERVAL_MS: '0' })
  server.reply(says('Sunny.'))
  const taskId = await store.submit('clerk', { prompt: 'How is it?' })
  await settled(taskId).toContain('Sunny.')
  expect(server.sent(0, 'stream')).toBeUndefined()
})
