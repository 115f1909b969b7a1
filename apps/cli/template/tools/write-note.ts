import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { defineTool } from 'longhaul'
import { z } from 'zod'

const NOTES = join(import.meta.dirname, '../notes')

export default defineTool({
  name: 'write_note',
  description: 'Writes a line into notes/notes.md once a person has agreed to it.',
  inputSchema: z.object({ note: z.string().min(1).describe('The line to be written.') }),
  // It only adds, and asks for itself: an agent need not ask before it calls it.
  annotations: { destructiveHint: false },
  needs: { elicitation: true },
  async execute({ note }, ctx) {
    // The task waits for the answer, for days if need be, and no process is held meanwhile.
    const schema = z.object({ agreed: z.boolean().describe('Whether the line is written.') })
    const reply = await ctx.elicit({ message: `Write down “${note}”?`, schema })
    if (reply.action !== 'accept' || !reply.content.agreed) return 'Nothing was written.'

    await ctx.step('write', async () => {
      await mkdir(NOTES, { recursive: true })
      await appendFile(join(NOTES, 'notes.md'), `- ${note}\n`)
    })
    return 'It is in notes/notes.md.'
  },
})
