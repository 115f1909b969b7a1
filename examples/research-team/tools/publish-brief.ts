import { mkdir, writeFile } from 'node:fs/promises'
import { defineTool } from 'longhaul'
import { z } from 'zod'

const FOLDER = new URL('../briefs/', import.meta.url)

export default defineTool({
  name: 'publish_brief',
  description: 'Publishes a brief. One of the same name is replaced, so somebody is asked first.',
  inputSchema: z.object({
    name: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .describe('Such as harbour-entrance.'),
    text: z.string().min(1).describe('The brief, in Markdown.'),
  }),
  annotations: { destructiveHint: true, idempotentHint: true },
  async execute({ name, text }, ctx) {
    await ctx.step('write', async () => {
      await mkdir(FOLDER, { recursive: true })
      await writeFile(new URL(`${name}.md`, FOLDER), `${text}\n`)
    })
    return `briefs/${name}.md`
  },
})
