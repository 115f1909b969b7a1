import { defineTool } from '@longhaul/runtime'
import { type JsonSchema, text, toolError } from '@longhaul/task'
import { z } from 'zod'

/** A tool that is there for every agent whose globs select it: its model asks the person it works for. */
export const ASK_USER = defineTool({
  name: 'ask_user',
  title: 'Ask the user',
  description:
    'Asks the person for whom you work, and waits for the answer, which may take long. Use it for what only they can know or decide; ask one thing at a time, and say all that they need to know to answer.',
  inputSchema: z.object({
    question: z.string().min(1).describe('The question, in full sentences.'),
    options: z
      .array(z.string().min(1))
      .min(2)
      .max(20)
      .optional()
      .describe('The possible answers, where they are known.'),
  }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  async execute({ question, options }, ctx) {
    const answer: JsonSchema = { type: 'string', title: 'Answer', ...(options ? { enum: options } : { minLength: 1 }) }
    const schema = { type: 'object', properties: { answer }, required: ['answer'] }
    const reply = await ctx.elicit({ key: 'answer', message: question, schema, input: [question, options ?? null] })
    if (reply.action === 'accept') return { content: [text(String(reply.content?.answer))] }
    return toolError(
      reply.action === 'decline'
        ? 'The person does not want to answer this.'
        : 'The person closed the question unanswered.',
    )
  },
})
