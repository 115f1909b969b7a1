import { expect, test } from 'vitest'
import { WireModern } from '../wire-modern.ts'
import type { World } from '../world.ts'
import { type Round, settle, submit } from './tasks.ts'

const CALL = { name: 'ask_client', arguments: {} }

/** Pages to open, roots, and structured content that is no object. */
export function askClient(world: World): void {
  test('asks to open a page, and for roots, in rounds [P13 P15 P24 P26 F10]', async () => {
    const client = new WireModern(world, { capabilities: { elicitation: { url: {} }, roots: {} } })
    const page = await client.result<Round>('tools/call', CALL)
    expect(page.inputRequests).toEqual({
      page: {
        method: 'elicitation/create',
        params: { mode: 'url', message: 'Open it.', url: 'https://pay.example/1' },
      },
    })
    const goOn = (round: Round, inputResponses: object) =>
      client.result<Round>('tools/call', { ...CALL, requestState: round.requestState, inputResponses })
    const where = await goOn(page, { page: { action: 'accept' } })
    expect(where.inputRequests).toEqual({ where: { method: 'roots/list' } })
    const result = await goOn(where, { where: { roots: [{ uri: 'file:///home/ann', name: 'Ann' }] } })
    expect(result).toMatchObject({
      resultType: 'complete',
      structuredContent: ['accept', 'file:///home/ann'],
      content: [{ type: 'text', text: '["accept","file:///home/ann"]' }],
    })
  })

  test('never has the error that lists pages, and says in words which ones a call needs first [P26]', async () => {
    const client = new WireModern(world, { capabilities: { elicitation: { url: {} } } })
    const call = { name: 'connect', arguments: {} }
    const told = { code: -31000, message: expect.stringContaining('https://files.example/connect') }
    expect(await client.error('tools/call', call)).toEqual({ status: 200, ...told })
    const able = new WireModern(world)
    const { taskId } = await submit(able, 'connect')
    expect(await settle(able, taskId)).toMatchObject({ status: 'failed', error: told })
  })

  test('lists icons, metadata and a schema for any output [F10 F11]', async () => {
    const { tools } = await new WireModern(world).result<{ tools: { name: string }[] }>('tools/list')
    expect(tools.find(({ name }) => name === 'ask_client')).toMatchObject({
      icons: [{ src: 'https://example.com/ask.svg', sizes: ['any'] }],
      outputSchema: { type: 'array' },
      _meta: { 'example.org/kind': 'asking' },
    })
  })

  test.each([{ elicitation: {} }, { roots: {} }])(
    'sends nobody to a page who declares only %j [P15 P24]',
    async (capabilities) => {
      const result = await new WireModern(world, { capabilities }).result('tools/call', CALL)
      expect(result).toMatchObject({ resultType: 'complete', isError: true })
    },
  )
}
