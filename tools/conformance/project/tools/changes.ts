import { mkdir, writeFile } from 'node:fs/promises'
import { defineTool } from 'longhaul'
import { z } from 'zod'

/** Changes of its own project, which the workers follow. An agent is a tool. */
const change = (name: string, file: string) =>
  defineTool({
    name,
    description: `Writes ${file} of this project.`,
    inputSchema: z.object({}),
    async execute(_args, ctx) {
      const url = new URL(`../${file}`, import.meta.url)
      await ctx.step('write', async () => {
        await mkdir(new URL('.', url), { recursive: true })
        await writeFile(url, `---\ndescription: As it was at ${new Date().toISOString()}.\n---\nSay when it was.\n`)
      })
      return `${file} has changed.`
    },
  })

export const tools = change('test_trigger_tool_change', 'agents/test_changing_agent.md')
export const prompts = change('test_trigger_prompt_change', 'prompts/test_changing_prompt.md')
