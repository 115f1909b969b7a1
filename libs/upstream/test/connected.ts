import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { CallError, connectUpstreams, type HttpServer, type StdioServer, type UpstreamTool } from '../src/index.ts'
import { RecordingLog } from './recording-log.ts'
import { TASK_LIMITS } from './task-limits.ts'

const FIXTURE = join(import.meta.dirname, 'stdio-server.ts')
const BASE = { trusted: false, source: { file: 'mcp.json', line: 2 } }

export const httpServer = (url: string, more: Partial<HttpServer> = {}): HttpServer => ({
  ...BASE,
  kind: 'http',
  name: 'web',
  url,
  headers: {},
  ...more,
})

export const stdioServer = (more: Partial<StdioServer> = {}): StdioServer => ({
  ...BASE,
  kind: 'stdio',
  name: 'fix',
  command: process.execPath,
  args: [FIXTURE],
  env: {},
  ...more,
})

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'longhaul-upstream-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Connects, and closes after the test. `fixtureLog` is what the stdio fixtures noted so far. */
export async function connected(...servers: (StdioServer | HttpServer)[]) {
  const dir = temporaryFolder()
  const notes = join(dir, 'notes.log')
  const log = new RecordingLog()
  const configured = servers.map((server) =>
    server.kind === 'stdio' ? { ...server, env: { FIXTURE_LOG: notes, ...server.env } } : server,
  )
  const upstreams = connectUpstreams(configured, {
    log,
    clientInfo: { name: 'longhaul', version: '0.0.0' },
    dir,
    timeoutMs: 20_000,
    connectTimeoutMs: 20_000,
    tasks: TASK_LIMITS,
  })
  onTestFinished(() => upstreams.close())
  await upstreams.settled

  const tool = (name: string): UpstreamTool => {
    const found = upstreams.tools().find((candidate) => candidate.name === name)
    if (!found) throw new Error(`There is no tool ${name} among ${upstreams.tools().map((each) => each.name)}`)
    return found
  }
  const call = (name: string, args = {}, options: Partial<Parameters<UpstreamTool['call']>[1]> = {}) =>
    tool(name).call(args, { signal: new AbortController().signal, ...options })
  const fixtureLog = () => readFileSync(notes, 'utf8').trim().split('\n')
  const changed = () => new Promise<void>((resolve) => upstreams.onToolsChanged(resolve))
  return { upstreams, log, dir, tool, call, fixtureLog, changed }
}

/** Calls `slow` of the stdio fixture, and tells the process id once it is in the middle of it. */
export async function callSlowly(
  tool: UpstreamTool,
  signal: AbortSignal = new AbortController().signal,
  timeoutMs = 20_000,
) {
  const began = Promise.withResolvers<number>()
  const result = tool.call({}, { signal, timeoutMs, onProgress: ({ message }) => began.resolve(Number(message)) })
  return { result, pid: await began.promise }
}

/** What a call that has no outcome says. @throws Error when it has one */
export async function failureOf(call: Promise<unknown>): Promise<CallError> {
  const error = await call.then(
    () => new Error('The call has an outcome.'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof CallError)) throw error
  return error
}

/** The text of a result's only block. */
export const textOf = ({ content }: { readonly content: readonly unknown[] }): unknown =>
  (content[0] as { text?: unknown } | undefined)?.text
