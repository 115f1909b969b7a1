import { type Context, defineTool } from 'longhaul'
import { z } from 'zod'

const nothing = z.object({})
const user = (text: string) => ({ role: 'user', content: [{ type: 'text', text }] }) as const

export const sampling = defineTool({
  name: 'test_sampling',
  description: "Asks the client's model.",
  inputSchema: z.object({ prompt: z.string() }),
  needs: { sampling: 'plain' },
  async execute({ prompt }, ctx) {
    const answer = await ctx.sample({ model: 'caller', messages: [user(prompt)], maxTokens: 100 })
    return `LLM response: ${textOf(answer)}`
  },
})

export const missingCapability = defineTool({
  name: 'test_missing_capability',
  description: "Cannot do without the client's model.",
  inputSchema: nothing,
  needs: { sampling: 'plain' },
  async execute(_args, ctx) {
    return textOf(await ctx.sample({ model: 'caller', messages: [user('Say something.')], maxTokens: 100 }))
  },
})

export const elicitation = defineTool({
  name: 'test_elicitation',
  description: 'Asks a person for name and address.',
  inputSchema: z.object({ message: z.string() }),
  execute: ({ message }, ctx) => askWho(ctx, message),
})

export const streamingElicitation = defineTool({
  name: 'test_streaming_elicitation',
  description: 'Asks a person for name and address.',
  inputSchema: nothing,
  execute: (_args, ctx) => askWho(ctx, 'Who are you?'),
})

async function askWho(ctx: Context, message: string): Promise<string> {
  const schema = z.object({ username: z.string().describe("User's response"), email: z.string().describe('E-mail') })
  const reply = await ctx.elicit({ message, schema })
  return `User response: ${JSON.stringify(reply)}`
}

export const defaults = defineTool({
  name: 'test_elicitation_sep1034_defaults',
  description: 'Asks with a default for each type of field.',
  inputSchema: nothing,
  async execute(_args, ctx) {
    const reply = await ctx.elicit({
      message: 'Please review and update the form fields with defaults',
      schema: {
        type: 'object',
        properties: {
          name: { type: 'string', description: 'User name', default: 'John Doe' },
          age: { type: 'integer', description: 'User age', default: 30 },
          score: { type: 'number', description: 'User score', default: 95.5 },
          status: {
            type: 'string',
            description: 'User status',
            enum: ['active', 'inactive', 'pending'],
            default: 'active',
          },
          verified: { type: 'boolean', description: 'Verification status', default: true },
        },
        required: [],
      },
    })
    const content = reply.action === 'accept' ? reply.content : {}
    return `Elicitation completed: action=${reply.action}, content=${JSON.stringify(content)}`
  },
})

const TITLED = [
  { const: 'value1', title: 'First Option' },
  { const: 'value2', title: 'Second Option' },
  { const: 'value3', title: 'Third Option' },
]

export const enums = defineTool({
  name: 'test_elicitation_sep1330_enums',
  description: 'Asks with every kind of choice.',
  inputSchema: nothing,
  async execute(_args, ctx) {
    const reply = await ctx.elicit({
      message: 'Please choose',
      schema: {
        type: 'object',
        properties: {
          untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
          titledSingle: { type: 'string', oneOf: TITLED },
          legacyEnum: {
            type: 'string',
            enum: ['opt1', 'opt2', 'opt3'],
            enumNames: ['Option One', 'Option Two', 'Option Three'],
          },
          untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
          titledMulti: { type: 'array', items: { anyOf: TITLED } },
        },
        required: [],
      },
    })
    return `Elicitation completed: ${JSON.stringify(reply)}`
  },
})

function textOf({ content }: { readonly content: readonly { readonly type: string }[] }): string {
  return content.map((block) => ('text' in block ? String(block.text) : `[${block.type}]`)).join('')
}
