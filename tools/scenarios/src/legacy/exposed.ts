import { fileURLToPath } from 'node:url'
import type { CompleteResult, GetPromptResult, ReadResourceResult } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { WireSession } from '../wire-session.ts'
import type { World } from '../world.ts'

const LATE_PROJECT = fileURLToPath(new URL('../../fixtures/late-project', import.meta.url))
const GUIDE = { uri: 'notes://guide', mimeType: 'text/plain', text: 'Be kind.' }

/** prompts/*, resources/*, completion/complete, logging/setLevel, and what changes. */
export function exposed(world: World): void {
  test('lists prompts, resources and templates in the words of each revision [F11 F16 F18 F19]', async () => {
    const now = await WireSession.open(world)
    const old = await WireSession.open(world, { version: '2025-03-26' })
    const both = async (method: string) => [await now.result<object>(method), await old.result<object>(method)]

    const prompts = await both('prompts/list')
    const named = { name: 'review', description: 'Asks for a review.' }
    expect(prompts).toMatchObject([
      { prompts: [{ ...named, title: 'Review', icons: [{ sizes: ['48x48'] }] }, { name: 'summary' }] },
      { prompts: [named, { name: 'summary', arguments: [{ name: 'subject', required: true }] }] },
    ])
    expect(JSON.stringify(prompts[1])).not.toMatch(/title|icons/)
    const [resources] = await both('resources/list')
    expect(resources).toMatchObject({
      resources: [
        { uri: 'longhaul://resources/brief.md', name: 'brief.md', mimeType: 'text/markdown' },
        { uri: 'notes://guide', name: 'guide', title: 'Guide', annotations: { audience: ['user'], priority: 0.5 } },
        { uri: 'notes://pages/one', name: 'one' },
        { uri: 'notes://picture', mimeType: 'image/png' },
      ],
    })
    const [templates] = await both('resources/templates/list')
    expect(templates).toMatchObject({
      resourceTemplates: [{}, {}, {}, {}, { uriTemplate: 'notes://pages/{page}', name: 'pages' }],
    })
    expect((await now.error('prompts/list', { cursor: 'none' })).code).toBe(-32602)
  })

  test('gets a prompt, which may ask first [F18 T26]', async () => {
    const session = await WireSession.open(world)
    const stream = await session.stream('prompts/get', { name: 'review', arguments: { subject: 'this' } }, { id: 'p' })
    const question = await stream.next(({ method }) => method === 'elicitation/create')
    await session.answer(question, { action: 'accept', content: { depth: 'long' } })
    const { result } = await stream.next(({ id }) => id === 'p')
    expect((result as GetPromptResult).messages).toEqual([
      { role: 'user', content: { type: 'text', text: 'A long, plain review of this, please.' } },
      { role: 'user', content: { type: 'resource', resource: { uri: 'notes://guide', text: 'Be kind.' } } },
    ])
    expect((await session.error('prompts/get', { name: 'none' })).code).toBe(-32602)
    expect((await session.error('prompts/get', { name: 'review' })).code).toBe(-32602)
  })

  test('gets a prompt of a Markdown file, with a file in it [F18]', async () => {
    const session = await WireSession.open(world)
    const got = await session.result<GetPromptResult>('prompts/get', { name: 'summary', arguments: { subject: 'it' } })
    const resource = { uri: 'longhaul://resources/brief.md', mimeType: 'text/markdown', text: 'Be brief.\n' }
    expect(got.messages).toEqual([
      { role: 'user', content: { type: 'text', text: 'Summarize it.' } },
      { role: 'user', content: { type: 'resource', resource } },
    ])
  })

  test('reads text, bytes and templates, and says what there is not [F16]', async () => {
    const session = await WireSession.open(world)
    const read = (uri: string) => session.result<ReadResourceResult>('resources/read', { uri })
    expect(await read('notes://guide')).toEqual({ contents: [GUIDE] })
    expect((await read('notes://picture')).contents).toEqual([
      { uri: 'notes://picture', mimeType: 'image/png', blob: 'AQID' },
    ])
    expect((await read('notes://pages/two')).contents).toEqual([{ uri: 'notes://pages/two', text: 'Page two.' }])
    for (const uri of ['notes://pages/three', 'notes://none', 'none']) {
      expect(await session.error('resources/read', { uri })).toMatchObject({ code: -32002, data: { uri } })
    }
  })

  test('completes arguments from a list and by a function [F18]', async () => {
    const session = await WireSession.open(world)
    const complete = async (ref: object, name: string, value: string) =>
      (await session.result<CompleteResult>('completion/complete', { ref, argument: { name, value } })).completion
    const prompt = { type: 'ref/prompt', name: 'review' }
    expect(await complete(prompt, 'tone', 'pl')).toEqual({ values: ['plain'], total: 1, hasMore: false })
    expect((await complete(prompt, 'subject', 'my')).values).toEqual(['my code', 'my text'])
    const template = { type: 'ref/resource', uri: 'notes://pages/{page}' }
    expect((await complete(template, 'page', '')).values).toEqual(['one', 'two'])
    const wrong = { ref: { type: 'ref/prompt', name: 'none' }, argument: { name: 'x', value: '' } }
    expect((await session.error('completion/complete', wrong)).code).toBe(-32602)
  })

  test('sends log messages from the level on that the session wants [F5]', async () => {
    const session = await WireSession.open(world)
    expect(await session.result('logging/setLevel', { level: 'warning' })).toEqual({})
    expect((await session.error('logging/setLevel', { level: 'loud' })).code).toBe(-32602)
    const stream = await session.stream('tools/call', { name: 'announce', arguments: { uri: 'notes://guide' } })
    await stream.next(({ result }) => result !== undefined)
    const logged = stream.messages.filter(({ method }) => method === 'notifications/message')
    expect(logged.map(({ params }) => params)).toEqual([
      { level: 'warning', logger: 'announcer', data: 'changed notes://guide' },
    ])
  })

  test('tells a session of the resources that it subscribed to, as long as it is [F17]', async () => {
    const session = await WireSession.open(world)
    const uri = 'notes://guide'
    expect(await session.result('resources/subscribe', { uri })).toEqual({})
    expect((await session.error('resources/subscribe', { uri: 'notes://none' })).code).toBe(-32002)
    const listening = await session.listen()
    const say = () => session.ask('tools/call', { name: 'announce', arguments: { uri } })
    await say()
    const told = ({ method }: { readonly method?: string }) => method === 'notifications/resources/updated'
    expect((await listening.next(told)).params).toEqual({ uri })
    expect(await session.result('resources/unsubscribe', { uri })).toEqual({})
    await say()
    await say()
    expect(listening.messages.filter(told).length).toBe(1)
    await listening.cut()
  })

  test('tells sessions that lists have changed [F14]', async () => {
    const session = await WireSession.open(world)
    const listening = await session.listen()
    const late = await world.stack.addWorker({}, LATE_PROJECT)
    for (const list of ['tools', 'prompts', 'resources']) {
      await listening.next(({ method }) => method === `notifications/${list}/list_changed`)
    }
    await late.process.kill('SIGTERM')
    await listening.cut()
  })
}
