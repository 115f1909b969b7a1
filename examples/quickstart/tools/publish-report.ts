import { defineTool } from 'longhaul'
import { z } from 'zod'

export default defineTool({
  name: 'publish_report',
  description: 'Publishes a report, part by part, at an address that a person names.',
  inputSchema: z.object({
    title: z.string().describe('Title of the report.'),
    parts: z.array(z.string()).min(1).describe('The texts of its parts, in the order in which they are published.'),
  }),
  annotations: { destructiveHint: false },
  needs: { elicitation: true },
  async execute({ title, parts }, ctx) {
    // The task waits for the answer, for days if need be, and holds nothing meanwhile.
    const schema = z.object({ url: z.url().describe('Each part is sent there by HTTP POST.') })
    const reply = await ctx.elicit({ message: `Where should “${title}” be published?`, schema })
    if (reply.action !== 'accept') return `“${title}” was not published: the answer was ${reply.action}.`

    for (const [index, text] of parts.entries()) {
      const part = index + 1
      // Done once and kept. If a worker dies in the middle of it, another one does it again with the same key.
      await ctx.step(`part-${part}`, async ({ signal, idempotencyKey }) => {
        const response = await fetch(reply.content.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
          body: JSON.stringify({ title, part, text, process: process.pid }),
          signal,
        })
        if (!response.ok) throw new Error(`${reply.content.url} answered ${response.status}`)
      })
      ctx.progress(part, parts.length, `part ${part} of “${title}” is published`)
    }
    return `“${title}” was published in ${parts.length} parts.`
  },
})
