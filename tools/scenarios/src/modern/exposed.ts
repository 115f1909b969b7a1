import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ASKABLE, WireModern } from '../wire-modern.ts'
import { notifies } from '../wire-stream.ts'
import type { World } from '../world.ts'

type Params = { readonly [name: string]: unknown }

const LATE_PROJECT = fileURLToPath(new URL('../../fixtures/late-project', import.meta.url))
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId'
const GET = { name: 'review', arguments: { subject: 'this' } }

/** prompts/*, resources/*, completion/complete, and what changes. */
export function exposed(world: World): void {
  const client = () => new WireModern(world, { capabilities: ASKABLE })

  test('lists prompts, resources and templates, which a client may keep for a while [F3 F11 F19]', async () => {
    const one = client()
    const cached = { resultType: 'complete', ttlMs: 30_000, cacheScope: 'private' }
    const prompts = await one.result('prompts/list')
    expect(prompts).toMatchObject({ ...cached, prompts: [{ name: 'review', title: 'Review', icons: [{}] }, {}] })
    const { resources } = await one.result<{ resources: { uri: string }[] }>('resources/list')
    expect(resources.map(({ uri }) => uri)).toEqual([
      'longhaul://resources/brief.md',
      'notes://guide',
      'notes://pages/one',
      'notes://picture',
    ])
    const templates = await one.result('resources/templates/list')
    expect(templates).toMatchObject({
      ...cached,
      resourceTemplates: [{}, {}, {}, {}, { uriTemplate: 'notes://pages/{page}' }],
    })
    for (const method of ['prompts/list', 'resources/list', 'resources/templates/list']) {
      expect(await one.error(method, { cursor: 'none' })).toMatchObject({ code: -32602 })
    }
  })

  test('gets a prompt in rounds where it asks [F18 P14 P17]', async () => {
    const one = client()
    const round = await one.result<Params>('prompts/get', GET)
    expect(round).toMatchObject({ resultType: 'input_required', inputRequests: { depth: {} } })
    const inputResponses = { depth: { action: 'accept', content: { depth: 'long' } } }
    const { requestState } = round
    const result = await one.result('prompts/get', { ...GET, inputResponses, requestState })
    expect(result).toMatchObject({ messages: [{ content: { text: 'A long, plain review of this, please.' } }, {}] })
    expect(await one.error('prompts/get', { name: 'none' })).toMatchObject({ code: -32602, status: 200 })
    expect(await one.error('prompts/get', { name: 'review' })).toMatchObject({ code: -32602, status: 200 })
  })

  test('reads what is there, and never gives nothing for what is not [F3 F16 P19]', async () => {
    const one = client()
    expect(await one.result('resources/read', { uri: 'notes://guide' })).toMatchObject({
      contents: [{ uri: 'notes://guide', mimeType: 'text/plain', text: 'Be kind.' }],
      ttlMs: 0,
      cacheScope: 'private',
    })
    for (const uri of ['notes://pages/three', 'notes://none']) {
      expect(await one.error('resources/read', { uri })).toMatchObject({ code: -32602, data: { uri } })
    }
  })

  test('completes arguments [F18]', async () => {
    const params = { ref: { type: 'ref/prompt', name: 'review' }, argument: { name: 'tone', value: 'po' } }
    expect(await client().result('completion/complete', params)).toMatchObject({
      resultType: 'complete',
      completion: { values: ['polite'], total: 1, hasMore: false },
    })
  })

  test('tells of resources and lists that were asked for, and of no others [F14 F17 R28]', async () => {
    const one = client()
    const notifications = {
      promptsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: ['notes://guide', 'notes://none'],
    }
    const stream = await one.stream('subscriptions/listen', { notifications }, { id: 'all' })
    const { params } = await stream.next(notifies('notifications/subscriptions/acknowledged'))
    expect(params?.notifications).toEqual({ ...notifications, resourceSubscriptions: ['notes://guide'] })
    await one.result('tools/call', { name: 'announce', arguments: { uri: 'notes://picture' } })
    await one.result('tools/call', { name: 'announce', arguments: { uri: 'notes://guide' } })
    const updated = await stream.next(notifies('notifications/resources/updated'))
    expect(updated.params).toEqual({ uri: 'notes://guide', _meta: { [SUBSCRIPTION]: 'all' } })

    const late = await world.stack.addWorker({ LATE_TOOL: 'later' }, LATE_PROJECT)
    await stream.next(notifies('notifications/prompts/list_changed'))
    await stream.next(notifies('notifications/resources/list_changed'))
    expect(stream.messages.filter(notifies('notifications/tools/list_changed'))).toEqual([])
    await late.process.kill('SIGTERM')
    await stream.cut()
  })
}
