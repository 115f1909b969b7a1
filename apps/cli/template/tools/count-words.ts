import { defineTool } from 'longhaul'
import { z } from 'zod'

export default defineTool({
  name: 'count_words',
  description: 'Counts the words of a text.',
  inputSchema: z.object({ text: z.string().describe('The text whose words are counted.') }),
  annotations: { readOnlyHint: true },
  async execute({ text }, ctx) {
    // A step is done once and kept, whatever happens to this process.
    const words = await ctx.step('count', () => text.split(/\s+/).filter((word) => word !== '').length)
    return { words }
  },
})
