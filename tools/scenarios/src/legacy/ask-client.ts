import { expect, test } from 'vitest'
import { WireSession } from '../wire-session.ts'
import { asks, notifies } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { RELATED_TASK, submit } from './tasks.ts'

const CAPABILITIES = { elicitation: { url: {} }, roots: {} }
const ROOTS = { roots: [{ uri: 'file:///home/ann' }] }

/** Pages to open, roots, and what only newer revisions say of a tool. */
export function askClient(world: World): void {
  test('asks to open a page and says when that is done, then asks for roots [P24 P26 F10]', async () => {
    const session = await WireSession.open(world, { capabilities: CAPABILITIES })
    const stream = await session.stream('tools/call', { name: 'ask_client', arguments: {} }, { id: 'c' })
    const question = await stream.next(asks('elicitation/create'))
    const elicitationId = question.params?.elicitationId
    expect(question.params).toEqual({
      mode: 'url',
      message: 'Open it.',
      url: 'https://pay.example/1',
      elicitationId: expect.stringMatching(/^[\w-]{24}\.page$/),
    })
    await session.answer(question, { action: 'accept' })
    const complete = await stream.next(notifies('notifications/elicitation/complete'))
    expect(complete.params).toEqual({ elicitationId })
    await session.answer(await stream.next(asks('roots/list')), ROOTS)
    const { result } = await stream.next(({ id }) => id === 'c')
    // Structured content is an object in this era; the text says the same.
    expect(result).toEqual({ content: [{ type: 'text', text: '["accept","file:///home/ann"]' }] })
  })

  test("marks all that as the task's for a client that knows of it [P24 T27]", async () => {
    const session = await WireSession.open(world, { capabilities: CAPABILITIES })
    const listening = await session.listen()
    const { taskId } = await submit(session, 'ask_client')
    const question = await listening.next(asks('elicitation/create'))
    await session.answer(question, { action: 'decline' })
    await listening.next(notifies('notifications/elicitation/complete'))
    const roots = await listening.next(asks('roots/list'))
    for (const { params } of [question, roots]) expect(params?._meta).toEqual({ [RELATED_TASK]: { taskId } })
    await session.answer(roots, { roots: [{ uri: 'http://no.file' }] })
    await session.answer(
      await listening.next((message) => asks('roots/list')(message) && message.id !== roots.id),
      ROOTS,
    )
    await listening.next(notifies('notifications/tasks/status', 'status', 'completed'))
    await listening.cut()
  })

  test.each([{ elicitation: {} }, { elicitation: { form: {} } }, { roots: {} }])(
    'sends nobody to a page who declared only %j [P21 P24]',
    async (capabilities) => {
      const session = await WireSession.open(world, { capabilities })
      const { message } = await session.ask('tools/call', { name: 'ask_client', arguments: {} })
      expect(message.result).toMatchObject({ isError: true, content: [{ text: /./ }] })
      expect(JSON.stringify(message.result)).toContain('did not declare elicitation.url')
    },
  )

  test('tells who shows pages which ones a call needs first, as a task and plain [P26 T21]', async () => {
    const session = await WireSession.open(world, { capabilities: CAPABILITIES })
    const needed = {
      code: -32042,
      message: 'A person has to open a page first, then call again: Connect your files. https://files.example/connect',
      data: {
        elicitations: [
          {
            mode: 'url',
            message: 'Connect your files.',
            url: 'https://files.example/connect',
            elicitationId: expect.stringMatching(/^[\w-]{24}$/),
          },
        ],
      },
    }
    expect(await session.error('tools/call', { name: 'connect', arguments: {} })).toEqual(needed)
    const { taskId } = await submit(session, 'connect')
    const told = await session.error('tasks/result', { taskId })
    expect(told).toEqual(needed)
    expect(await session.error('tasks/result', { taskId })).toEqual(told)
  })

  test.each([
    { version: '2025-11-25', capabilities: {} },
    { version: '2025-11-25', capabilities: { elicitation: {} } },
    { version: '2025-06-18', capabilities: { elicitation: { url: {} } } },
    { version: '2024-11-05', capabilities: {} },
  ])('tells others in words, such as a client of $version that declared $capabilities [P26]', async (given) => {
    const session = await WireSession.open(world, given)
    const error = await session.error('tools/call', { name: 'connect', arguments: {} })
    expect(error).toEqual({ code: -31000, message: expect.stringContaining('https://files.example/connect') })
  })

  test('says icons and metadata of a tool to those who know them [F11]', async () => {
    const list = async (version: string) => {
      const session = await WireSession.open(world, { version })
      const { tools } = await session.result<{ tools: { name: string }[] }>('tools/list')
      return tools.find(({ name }) => name === 'ask_client')
    }
    const _meta = { 'example.org/kind': 'asking' }
    expect(await list('2025-11-25')).toMatchObject({ icons: [{ sizes: ['any'] }], _meta })
    const june = await list('2025-06-18')
    expect(june).toMatchObject({ _meta })
    for (const absent of ['icons', 'outputSchema']) expect(june).not.toHaveProperty(absent)
    expect(await list('2025-03-26')).not.toHaveProperty('_meta')
  })
}
