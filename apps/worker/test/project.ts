import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A project folder with these files, which is gone when the test is over. */
export function writeProject(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'longhaul-project-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  return dir
}

/** A tool file; `body` is that of `execute(args, ctx)`. */
export const toolFile = (name: string, body = "return 'done'", more = ''): string => `
import { defineTool } from 'longhaul'
export default defineTool({
  name: '${name}',
  description: 'A tool of a test.',
  inputSchema: { type: 'object' },${more}
  async execute(args, ctx) { ${body} },
})
`

export const agentFile = (lines: string): string => `---\n${lines}\n---\nYou are a test.\n`
