import { type Context, defineTool } from 'longhaul'
import { effect } from '../recorder-client.ts'

/** Long enough to be waited for without a worker, short enough for a test. */
const NAP_MS = 200

export const mixed = defineTool({
  name: 'mixed',
  description: 'Steps of every kind, one after the other and side by side.',
  inputSchema: { type: 'object', properties: { run: { type: 'string' } }, required: ['run'] },
  async execute({ run }, ctx) {
    const write = writer(ctx, String(run))
    const heard = [await write('one', 'repeat'), await write('two', 'ask')]

    const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
    const [reply] = await Promise.all([
      ctx.elicit({ key: 'name', message: 'What is your name?', schema }),
      ctx.sleep(NAP_MS),
    ])
    heard.push(reply.action === 'accept' ? String(reply.content?.name) : reply.action)

    const branch = async () => [await write('four', 'ask'), await write('five', 'repeat')]
    heard.push(...(await Promise.all([write('three', 'repeat'), branch()])).flat())
    heard.push(await write('six', 'fail').catch(() => 'six is in doubt'))

    const messages = [
      { role: 'user' as const, content: [{ type: 'text' as const, text: JSON.stringify({ run, turns: [] }) }] },
    ]
    await ctx.sample({ key: 'model', model: 'caller', messages, maxTokens: 10 })
    heard.push(await write('seven', 'repeat'))
    return heard.join(', ')
  },
})

/** A step whose effect is counted outside. */
const writer =
  (ctx: Context, run: string) =>
  (key: string, inDoubt: 'repeat' | 'ask' | 'fail'): Promise<string> =>
    ctx.step(
      key,
      async ({ idempotencyKey }) => {
        await effect(`${run}/${key}`, { worker: process.pid, key: idempotencyKey })
        return key
      },
      { inDoubt },
    )
