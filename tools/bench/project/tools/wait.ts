import { setTimeout as delay } from 'node:timers/promises'
import { defineTool } from 'longhaul'
import { z } from 'zod'

export default defineTool({
  name: 'wait',
  description: 'Two steps that wait for something else, 100 ms each.',
  inputSchema: z.object({}),
  inDoubt: 'repeat',
  async execute(_args, ctx) {
    for (const step of ['s1', 's2']) await ctx.step(step, () => delay(100, null))
    return 'done'
  },
})
