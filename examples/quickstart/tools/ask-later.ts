import { defineTool } from 'longhaul'
import { z } from 'zod'

export default defineTool({
  name: 'ask_later',
  description: 'Asks a person, some minutes or days from now, whether something was done.',
  inputSchema: z.object({
    what: z.string().describe('What should have been done by then.'),
    minutes: z.number().min(0).describe('Minutes from now until the question.'),
  }),
  needs: { elicitation: true },
  async execute({ what, minutes }, ctx) {
    await ctx.sleep(minutes * 60_000) // No process waits meanwhile; all of them may be restarted.
    const schema = z.object({ isDone: z.boolean().describe('Whether it was done.') })
    const reply = await ctx.elicit({ message: `Is this done? ${what}`, schema })
    return reply.action === 'accept' && reply.content.isDone ? `Done: ${what}` : `Not done: ${what}`
  },
})
