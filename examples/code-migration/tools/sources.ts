import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { defineTool } from 'longhaul'
import { z } from 'zod'

const FOLDER = new URL('../legacy/', import.meta.url)
const file = z
  .string()
  .regex(/^[\w-]+\.js$/)
  .describe('A file of legacy/, such as tides.js.')
const replaced = z.object({ before: z.string().describe('The text that was there.') })
const run = promisify(execFile)

export const list = defineTool({
  name: 'list_sources',
  description: 'Lists the modules that there are.',
  inputSchema: z.object({}),
  outputSchema: z.object({ files: z.array(z.string()) }),
  annotations: { readOnlyHint: true },
  execute: async () => ({ files: (await readdir(FOLDER)).filter((name) => name.endsWith('.js')).toSorted() }),
})

export const read = defineTool({
  name: 'read_source',
  description: 'Gives the text of a module.',
  inputSchema: z.object({ file }),
  annotations: { readOnlyHint: true },
  execute: ({ file }) => readFile(new URL(file, FOLDER), 'utf8'),
})

export const replace = defineTool({
  name: 'replace_source',
  description: 'Replaces the text of a module.',
  inputSchema: z.object({ file, text: z.string().min(1).describe('All of it.') }),
  outputSchema: replaced,
  annotations: { destructiveHint: true, idempotentHint: true },
  async execute({ file, text }, ctx) {
    // On record before anything is written, so that whatever dies, it can be put back.
    const before = await ctx.step('before', () => readFile(new URL(file, FOLDER), 'utf8'))
    await ctx.step('write', () => writeFile(new URL(file, FOLDER), `${text.trim()}\n`))
    return { before }
  },
  async undo({ file }, { structuredContent }) {
    await writeFile(new URL(file, FOLDER), replaced.parse(structuredContent).before)
    return `${file} is as it was.`
  },
})

export const check = defineTool({
  name: 'check_sources',
  description: 'Imports modules as ES modules, and fails where one cannot be.',
  inputSchema: z.object({ files: z.array(file).min(1).describe('The modules, one or more.') }),
  outputSchema: z.object({ report: z.string() }),
  annotations: { readOnlyHint: true },
  async execute({ files }, { signal }) {
    for (const name of files) {
      const url = new URL(name, FOLDER).href
      const code = `import(${JSON.stringify(url)}).then((it) => process.exit(Object.keys(it).length > 0 ? 0 : 1))`
      await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: fileURLToPath(FOLDER), signal })
    }
    return { report: `${files.length} modules can be imported.` }
  },
})
