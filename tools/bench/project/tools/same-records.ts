import { defineTool } from 'longhaul'
import { z } from 'zod'

const PAGE = { content: [{ type: 'text', text: 'x'.repeat(1000) }] }
const TURNS = 10

/** The records of `looper`, by steps that do nothing. */
export default defineTool({
  name: 'same_records',
  description: 'What an agent of ten turns with two tools at once has on record, and no agent.',
  inputSchema: z.object({}),
  inDoubt: 'repeat',
  async execute(_args, ctx) {
    for (let turn = 1; turn <= TURNS; turn++) {
      const calls = ['left', 'right'].map((side) => ({ name: 'look_up', input: { note: `${side} ${turn}` } }))
      await ctx.step(`m${turn}`, () => ({ role: 'assistant', stopReason: 'toolUse', content: calls }))
      await Promise.all(calls.map((_, place) => ctx.step(`t${turn}.${place + 1}`, () => PAGE)))
    }
    return ctx.step(`m${TURNS + 1}`, () => 'That is all.')
  },
})
