import { type Context, defineTool } from 'longhaul'
import { effect } from '../recorder-client.ts'

const worker = process.pid

export const form = defineTool({
  name: 'form',
  description: 'Writes, asks for a name, and writes again.',
  inputSchema: { type: 'object', properties: { run: { type: 'string' } }, required: ['run'] },
  async execute({ run }, ctx) {
    await ctx.step('before', ({ idempotencyKey: key }) => effect(`${run}/before`, { worker, key }), { inDoubt: 'ask' })
    const name = await askName(ctx)
    await ctx.step('after', ({ idempotencyKey: key }) => effect(`${run}/after`, { worker, key }), { inDoubt: 'ask' })
    return `Hello ${name}`
  },
})

export const formBesideStep = defineTool({
  name: 'form_beside_step',
  description: 'Asks for a name while it writes.',
  inputSchema: { type: 'object', properties: { run: { type: 'string' } }, required: ['run'] },
  async execute({ run }, ctx) {
    const [name, written] = await Promise.all([
      askName(ctx),
      ctx.step('beside', ({ idempotencyKey: key }) => effect(`${run}/beside`, { worker, key })),
    ])
    return `Hello ${name}, ${written}`
  },
})

async function askName(ctx: Context): Promise<string> {
  const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
  const reply = await ctx.elicit({ key: 'name', message: 'What is your name?', schema })
  return reply.action === 'accept' ? String(reply.content?.name) : 'nobody'
}
