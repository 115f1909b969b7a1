import { execFileSync, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { onTestFinished } from 'vitest'

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts')
/** Whatever this shell has set, a test begins with the defaults. */
const UNSET = Object.keys(process.env).filter((name) => /^(LONGHAUL_|PORT$|REDIS_URL$|\w+_API_KEY$)/.test(name))

/** The command line as a person runs it: nothing is put into the process that is not ours. */
export interface Longhaul {
  readonly pid: number
  readonly stdin: Writable
  readonly stdout: string
  readonly stderr: string
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Waits for a text on either stream. Rejects, with all that was written, when the process ends first. */
  says(text: string | RegExp): Promise<void>
  kill(signal: NodeJS.Signals): void
}

/** Runs `longhaul …`, in a folder where one is given; whatever it left behind is killed when the test is over. */
export function longhaul(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Longhaul {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...Object.fromEntries(UNSET.map((name) => [name, undefined])), PORT: '0', ...env },
    stdio: 'pipe',
    cwd,
  })
  child.stdin.on('error', () => {})
  const written = { stdout: '', stderr: '' }
  const news = new EventEmitter().setMaxListeners(0)
  for (const name of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[name] }).on('line', (line) => {
      written[name] += `${line}\n`
      news.emit('news')
    })
  }
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const closed = once(child, 'close').then(() => true)
  const pid = child.pid ?? -1
  const family = new Set<number>([pid])
  onTestFinished(async () => {
    for (const one of [...familyOf(pid), ...family]) kill(one, 'SIGKILL')
    await closed
  })
  const has = (text: string | RegExp) =>
    [written.stdout, written.stderr].some((all) => all.search(asPattern(text)) >= 0)
  return {
    pid,
    stdin: child.stdin,
    get stdout() {
      return written.stdout
    },
    get stderr() {
      return written.stderr
    },
    exited,
    says: async (text) => {
      while (!has(text)) {
        const isOver = await Promise.race([once(news, 'news').then(() => false), closed])
        if (isOver && !has(text)) throw new Error(`It never said ${text}, but:\n${written.stdout}${written.stderr}`)
      }
      for (const one of familyOf(pid)) family.add(one)
    },
    kill: (signal) => kill(pid, signal),
  }
}

const asPattern = (text: string | RegExp): RegExp =>
  text instanceof RegExp ? text : new RegExp(text.replaceAll(/[^\w\s]/g, String.raw`\$&`))

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already.
  }
}

interface Running {
  readonly pid: number
  readonly command: string
}

/** Ids of the processes that a process has started, and those have. */
export const familyOf = (pid: number): number[] => childrenOf(pid).map((child) => child.pid)

/** The processes that a process has started, and those have, with their command lines. */
export function childrenOf(pid: number): Running[] {
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, id, parent, state, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
      return id && !state?.startsWith('Z') ? [{ pid: Number(id), parent: Number(parent), command }] : []
    })
  const found: Running[] = []
  for (let parents = [pid]; parents.length > 0; ) {
    const children = all.filter(({ parent }) => parents.includes(parent))
    found.push(...children)
    parents = children.map((child) => child.pid)
  }
  return found
}

/** Those of the processes that are still running. */
export const aliveOf = (pids: readonly number[]): number[] => {
  const running = execFileSync('ps', ['-A', '-o', 'pid=,stat='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [id, state] = line.trim().split(/\s+/)
      return state && !state.startsWith('Z') ? [Number(id)] : []
    })
  return pids.filter((pid) => running.includes(pid))
}

/** A project folder with these files, which is gone when the test is over. */
export function writeProject(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'longhaul-cli-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  return dir
}

/** A tool file as users write it; `body` is that of `execute(args, ctx)`. */
export const toolFile = (name: string, body: string): string => `
import { defineTool } from 'longhaul'
import { z } from 'zod'
export default defineTool({
  name: '${name}',
  description: 'A tool of a test.',
  inputSchema: z.object({ at: z.string().optional() }),
  inDoubt: 'repeat',
  async execute(args, ctx) { ${body} },
})
`

/** An MCP client that has shaken hands. */
export async function connect(endpoint: string, headers: Record<string, string> = {}) {
  const post = async (body: object, more: Record<string, string> = {}) =>
    fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers, ...more },
      body: JSON.stringify({ jsonrpc: '2.0', ...body }),
    })
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } }
  const hello = await post({ id: 0, method: 'initialize', params })
  const session = { 'mcp-session-id': hello.headers.get('mcp-session-id') ?? '' }
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  const request = async (method: string, args: object = {}): Promise<any> =>
    (await post({ id: 1, method, params: args }, session)).json()
  return {
    request,
    /** Id of a new task. */
    submit: async (name: string, args: object = {}): Promise<string> =>
      (await request('tools/call', { name, arguments: args, task: {} })).result.task.taskId,
    /** How a task stands. */
    status: async (taskId: string): Promise<string> => (await request('tasks/get', { taskId })).result.status,
    /** What a finished task said. */
    result: async (taskId: string): Promise<string> => {
      const response = await post({ id: 2, method: 'tasks/result', params: { taskId } }, session)
      return response.text()
    },
  }
}
