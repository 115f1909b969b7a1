import { channel } from 'node:diagnostics_channel'
import { defineTool } from 'longhaul'
import { z } from 'zod'

/** Tells the measuring process, which runs the worker too, that the code has its answer. */
const answered = channel('longhaul:bench:answered')

export default defineTool({
  name: 'ask',
  description: 'One turn of a model, then a question.',
  inputSchema: z.object({ topic: z.string() }),
  inDoubt: 'repeat',
  async execute({ topic }, ctx) {
    const turn = { messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: topic }] }] }
    await ctx.sample({ ...turn, maxTokens: 100, model: 'scripted:model.yaml' })
    await ctx.elicit({ message: 'Go on?', schema: z.object({ isFine: z.boolean() }) })
    answered.publish(ctx.taskId)
    return 'done'
  },
})
