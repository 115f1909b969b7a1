import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startStack, withoutSettings } from '@longhaul/testbed'
import { countCalls, type TreeTask } from './calls.ts'
import type { Example } from './example.ts'
import { Terminal } from './terminal.ts'

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url))
/** Beside the repository's packages, which examples use: as deep as the examples themselves. */
const COPIES = fileURLToPath(new URL('../../../.cache/', import.meta.url))
/** What is there once somebody has played it by hand. */
const LEFT_OUT = /\/(\.longhaul|node_modules|briefs|calls\.log)$/
const KEYS = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY']
/** Lines that the processes wrote, for when something goes wrong. */
const KEPT_LINES = 20

/**
 * Plays an example in a copy of its folder, with its script and no key.
 * @param change made to the copy before it starts
 * @throws Error that says what went otherwise than it should
 */
export async function runExample(example: Example, change?: (folder: string) => void): Promise<void> {
  await mkdir(COPIES, { recursive: true })
  const folder = await mkdtemp(join(COPIES, `${example.name}-`))
  const lines: string[] = []
  try {
    await cp(join(EXAMPLES, example.name), folder, { recursive: true, filter: (path) => !LEFT_OUT.test(path) })
    change?.(folder)
    await playIn(folder, example, (line) => lines.push(line))
  } catch (error) {
    throw new Error([(error as Error).message, ...lines.slice(-KEPT_LINES)].join('\n'), { cause: error })
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function playIn(folder: string, example: Example, onLine: (line: string) => void): Promise<void> {
  const quiet = Object.fromEntries(KEYS.map((key) => [key, undefined]))
  const env = { ...withoutSettings(process.env), ...quiet, LONGHAUL_LOG_LEVEL: 'warn' }
  const stack = await startStack({ project: folder, coordinators: 1, workers: 1, store: 'embedded', env, onLine })
  try {
    const terminal = new Terminal(folder, { ...process.env, ...env, LONGHAUL_URL: stack.url().href })
    const tree = async (taskId: string) => {
      const { stdout } = await terminal.longhaul('list', '--tree', taskId, '--json')
      return stdout.split('\n').map((line) => JSON.parse(line) as TreeTask)
    }
    await example.play({
      terminal,
      files: (path) => (existsSync(join(folder, path)) ? readdirSync(join(folder, path)).toSorted() : []),
      read: (path) => readFileSync(join(folder, path), 'utf8'),
      tree,
      calls: async (taskId) => countCalls(stack.url(), await tree(taskId)),
    })
  } finally {
    await stack.stop()
  }
}
