import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { needs, type Stack, startStack } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = new URL('../../../', import.meta.url)
const PYTHON = 'the client in Python does what its README says'
const CURL = 'the commands of %s work as they are written, and give what is written there'
const MINUTE_MS = 60_000
const run = promisify(execFile)

let stack: Stack
let folder: string
beforeAll(async () => {
  const project = fileURLToPath(new URL('examples/quickstart', ROOT))
  stack = await startStack({ project, coordinators: 1, workers: 1, env: { LONGHAUL_LOG_LEVEL: 'error' } })
  folder = mkdtempSync(join(tmpdir(), 'examples-'))
}, MINUTE_MS)
afterAll(async () => {
  await stack?.stop()
  rmSync(folder, { recursive: true })
})

test.runIf(needs('python3', PYTHON))(PYTHON, { timeout: MINUTE_MS }, async () => {
  const script = fileURLToPath(new URL('examples/python/client.py', ROOT))
  const { stdout } = await run('python3', [script, stack.url().href])
  expect(stdout).toBe(blocksOf('examples/python/README.md', 'text')[0])
})

test.runIf(needs('curl', CURL)).for(['docs/curl.md', 'docs/http-api.md'])(
  CURL,
  { timeout: MINUTE_MS },
  async (page) => {
    const commands = blocksOf(page, 'sh')
    const documented = blocksOf(page, 'json').map((block) => toPattern(JSON.parse(block)))
    expect(commands).toHaveLength(documented.length)
    const script = commands.join(`printf '\\n${MARK}\\n'\n`)
    const { stdout } = await run('bash', ['-euc', script], {
      cwd: folder,
      env: { ...process.env, MCP: stack.url().href, API: new URL('/v1', stack.url()).href },
    })
    const printed = stdout.split(`\n${MARK}\n`).map((text) => JSON.parse(text))
    expect(printed).toMatchObject(documented)
  },
)

const MARK = '-- end of a block --'

/** The fenced blocks of a page that are in this language. */
function blocksOf(page: string, language: string): string[] {
  const blocks = readFileSync(new URL(page, ROOT), 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms)
  return [...blocks].filter(([, its]) => its === language).map(([, , text = '']) => text)
}

/** What stands as `…` on a page may be any text. */
function toPattern(value: unknown): unknown {
  if (value === '…') return expect.any(String)
  if (Array.isArray(value)) return value.map(toPattern)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toPattern(member)]))
}
