import { defineTool } from 'longhaul'
import { z } from 'zod'

export default defineTool({
  name: 'one_step',
  description: 'One step that does nothing.',
  inputSchema: z.object({ topic: z.string() }),
  inDoubt: 'repeat',
  async execute({ topic }, ctx) {
    return ctx.step('s1', () => `done: ${topic}`)
  },
})
