import { defineTool } from 'longhaul'
import { z } from 'zod'

const nothing = z.object({})
const name = z.object({ name: z.string() })
const user = (text: string) => ({ role: 'user', content: [{ type: 'text', text }] }) as const
const GREETING = { model: 'caller', messages: [user('Say hello.')], maxTokens: 50 }
const CAPITAL = { model: 'caller', messages: [user('What is the capital of France?')], maxTokens: 100 }

export const byElicitation = defineTool({
  name: 'test_input_required_result_elicitation',
  description: 'Greets whoever it is, once it knows who.',
  inputSchema: nothing,
  async execute(_args, ctx) {
    const reply = await ctx.elicit({ key: 'user_name', message: 'What is your name?', schema: name })
    return reply.action === 'accept' ? `Hello, ${reply.content.name}!` : 'Hello, whoever you are!'
  },
})

export const bySampling = defineTool({
  name: 'test_input_required_result_sampling',
  description: "Asks the client's model for a capital.",
  inputSchema: nothing,
  async execute(_args, ctx) {
    const { content } = await ctx.sample({ key: 'capital_question', ...CAPITAL })
    return { content: content.filter((block) => block.type === 'text') as never }
  },
})

export const byState = defineTool({
  name: 'test_input_required_result_request_state',
  description: 'Asks for a confirmation.',
  inputSchema: nothing,
  async execute(_args, ctx) {
    const schema = z.object({ ok: z.boolean() })
    await ctx.elicit({ key: 'confirm', message: 'Please confirm', schema })
    return 'state-ok'
  },
})

export const severalRounds = defineTool({
  name: 'test_input_required_result_multi_round',
  description: 'Asks twice, one after the other.',
  inputSchema: nothing,
  async execute(_args, ctx) {
    const first = await ctx.elicit({ key: 'step1', message: 'Step 1: What is your name?', schema: name })
    const color = z.object({ color: z.string() })
    const second = await ctx.elicit({ key: 'step2', message: 'Step 2: What is your favorite color?', schema: color })
    return `${JSON.stringify(first)} ${JSON.stringify(second)}`
  },
})

export const tamperedState = defineTool({
  name: 'test_input_required_result_tampered_state',
  description: 'Asks for a confirmation, under a state that cannot be changed.',
  inputSchema: nothing,
  async execute(_args, ctx) {
    await ctx.elicit({ key: 'confirm', message: 'Please confirm', schema: z.object({ ok: z.boolean() }) })
    return 'state-ok'
  },
})

export const byRoots = defineTool({
  name: 'test_input_required_result_list_roots',
  description: 'Asks for the roots of the client.',
  inputSchema: nothing,
  async execute(_args, ctx) {
    const roots = await ctx.roots({ key: 'client_roots' })
    return `Roots: ${roots.map(({ uri }) => uri).join(', ')}`
  },
})

export const severalAtOnce = defineTool({
  name: 'test_input_required_result_multiple_inputs',
  description: 'Asks a person, a model and the client itself, all at once.',
  inputSchema: nothing,
  async execute(_args, ctx) {
    const answers = await Promise.all([
      ctx.elicit({ key: 'user_name', message: 'What is your name?', schema: name }),
      ctx.sample({ key: 'greeting', ...GREETING }),
      ctx.roots({ key: 'client_roots' }),
    ])
    return JSON.stringify(answers)
  },
})

export const whatIsDeclared = defineTool({
  name: 'test_input_required_result_capabilities',
  description: 'Asks only what the client says that it can be asked.',
  inputSchema: nothing,
  async execute(_args, ctx) {
    if (ctx.audience.sampling !== 'none') await ctx.sample({ key: 'greeting', ...GREETING })
    if (ctx.audience.elicitation) await ctx.elicit({ key: 'user_name', message: 'What is your name?', schema: name })
    return 'Everything was answered.'
  },
})
