import { defineTool, ProtocolError } from 'longhaul'
import { z } from 'zod'

const nothing = z.object({})

export const greet = defineTool({
  name: 'greet',
  description: 'Greets somebody, at once.',
  inputSchema: z.object({ name: z.string() }),
  annotations: { readOnlyHint: true },
  taskSupport: 'forbidden',
  execute: ({ name }) => `Hello, ${name}!`,
})

export const slowCompute = defineTool({
  name: 'slow_compute',
  description: 'Takes as many seconds as it is told.',
  inputSchema: z.object({ seconds: z.number().min(0), label: z.string().optional() }),
  annotations: { readOnlyHint: true },
  async execute({ seconds, label = 'work' }, ctx) {
    await ctx.sleep(seconds * 1000)
    return `${label}: done after ${seconds} s`
  },
})

export const failingJob = defineTool({
  name: 'failing_job',
  description: 'Comes to an error that a model can read.',
  inputSchema: nothing,
  annotations: { readOnlyHint: true },
  taskSupport: 'required',
  async execute(_args, ctx) {
    await ctx.sleep(1000)
    return { content: [{ type: 'text', text: 'The job failed, as it always does.' }], isError: true }
  },
})

export const protocolErrorJob = defineTool({
  name: 'protocol_error_job',
  description: 'Fails with a JSON-RPC error.',
  inputSchema: nothing,
  annotations: { readOnlyHint: true },
  async execute(_args, ctx) {
    await ctx.sleep(500)
    throw new ProtocolError(-32603, 'The job broke, as it always does.')
  },
})

export const confirmDelete = defineTool({
  name: 'confirm_delete',
  description: 'Deletes a file, once a person has agreed. There is no file.',
  inputSchema: z.object({ filename: z.string() }),
  async execute({ filename }, ctx) {
    const reply = await ctx.elicit({
      key: 'confirm',
      message: `Delete ${filename}?`,
      schema: z.object({ confirm: z.boolean() }),
    })
    return reply.action === 'accept' && reply.content.confirm ? `Deleted ${filename}` : `Kept ${filename}`
  },
})

const PERSON = z.object({ name: z.string().optional(), confirm: z.boolean() })

export const multiInput = defineTool({
  name: 'multi_input',
  description: 'Asks two things at once.',
  inputSchema: nothing,
  async execute(_args, ctx) {
    const [first, second] = await Promise.all([
      ctx.elicit({ key: 'first', message: 'Who is first?', schema: PERSON }),
      ctx.elicit({ key: 'second', message: 'Who is second?', schema: PERSON }),
    ])
    return JSON.stringify([first, second])
  },
})

export const withTask = defineTool({
  name: 'test_tool_with_task',
  description: 'Asks for a name, then works as a task.',
  inputSchema: nothing,
  taskSupport: 'required',
  asksFirst: ['user_name'],
  async execute(_args, ctx) {
    const schema = z.object({ name: z.string() })
    const reply = await ctx.elicit({ key: 'user_name', message: 'What is your name?', schema })
    await ctx.sleep(500)
    return reply.action === 'accept' ? `Worked for ${reply.content.name}.` : 'Worked for nobody.'
  },
})
