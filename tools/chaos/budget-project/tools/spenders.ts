import { defineTool } from 'longhaul'

/** Turns that each child takes, one after the other. */
const TURNS = 4

export const spender = defineTool({
  name: 'spender',
  description: 'Takes some turns of a model that costs money.',
  inputSchema: { type: 'object', properties: {} },
  inDoubt: 'repeat',
  async execute(_args, ctx) {
    for (let turn = 0; turn < TURNS; turn++) {
      const content = [{ type: 'text' as const, text: 'Spend some money.' }]
      await ctx.sample({ model: 'compatible/spender', messages: [{ role: 'user', content }], maxTokens: 400 })
    }
    return 'spent'
  },
})

export const lead = defineTool({
  name: 'lead',
  description: 'Calls as many children as it is told to, all at once.',
  inputSchema: { type: 'object', properties: { children: { type: 'number' } }, required: ['children'] },
  inDoubt: 'repeat',
  async execute({ children }, ctx) {
    const done = await Promise.allSettled(Array.from({ length: Number(children) }, () => ctx.call('spender', {})))
    return `${done.filter(({ status }) => status === 'fulfilled').length} of ${children} children are done`
  },
})
