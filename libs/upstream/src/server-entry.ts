import { MAX_TIMER_MS } from '@longhaul/task'
import { readAskPolicy } from './ask-policy.ts'
import { type EntryReader, readEntry } from './entry-reader.ts'
import type { JsonSource, Member } from './json-source.ts'
import { readOAuth } from './oauth-config.ts'
import type { Exposed, HttpServer, ServerConfig, StdioServer } from './server-config.ts'
import { readTaskPolicy } from './task-policy.ts'
import type { Environment } from './variables.ts'

const NAME = /^(?!.*__)[A-Za-z0-9_-]{0,39}[A-Za-z0-9-]$/
const HTTP_TYPES = ['http', 'streamable-http', 'streamableHttp']
const KNOWN = {
  both: [
    ...['type', 'trusted', 'timeoutMs', 'timeout', 'connectTimeoutMs', 'disabled', 'expose', 'tasks'],
    ...['sampling', 'elicitation', 'roots'],
  ],
  stdio: ['command', 'args', 'env', 'cwd'],
  http: ['url', 'headers', 'oauth'],
}

/** One member of `mcpServers`. Nothing where it is disabled, or where a mistake makes it unusable. */
export function readServer(member: Member, source: JsonSource, env: Environment): ServerConfig[] {
  const entry = readEntry(member, source, env)
  if (!entry) return []
  if (entry.flag('disabled')) return []

  if (!NAME.test(member.name)) {
    entry.fault(
      member.at,
      'its name cannot be used, since its tools are named NAME__TOOL: ' +
        'take 1 to 40 letters, digits, "-" and "_", without "__" and without "_" at the end',
    )
  }
  for (const { name, at } of entry.members) {
    if (!Object.values(KNOWN).flat().includes(name)) entry.warn(at, `"${name}" is not known here and is ignored`)
  }
  const base = {
    name: member.name,
    trusted: entry.flag('trusted') ?? false,
    source: source.place(member.at),
    ...readTimeout(entry),
    ...readConnectTimeout(entry),
    ...readExposed(entry),
    ...readAskPolicy(entry),
  }
  const server = entry.has('url') ? readHttp(entry, base) : readStdio(entry, base)
  return entry.isUsable && server ? [server] : []
}

type Base = Omit<StdioServer, 'kind' | 'command' | 'args' | 'env' | 'cwd'>

function readStdio(entry: EntryReader, base: Base): StdioServer | undefined {
  const type = entry.text('type')
  if (type !== undefined && type !== 'stdio') faultType(entry, type)
  const command = entry.text('command')
  if (command === undefined || command === '') {
    entry.fault(entry.at('command'), 'it needs a "command" (a program to start) or a "url" (Streamable HTTP)')
    return undefined
  }
  for (const key of KNOWN.http) if (entry.has(key)) entry.warn(entry.at(key), `"${key}" is ignored beside "command"`)
  const args = entry.texts('args')
  if (/\s/.test(command) && !/[\\/]/.test(command) && !args) {
    entry.warn(entry.at('command'), '"command" has a space in it: each argument is a text of its own in "args"')
  }
  const cwd = entry.text('cwd')
  return {
    ...base,
    kind: 'stdio',
    command,
    args: args ?? [],
    env: entry.textMap('env') ?? {},
    ...(cwd !== undefined && { cwd }),
  }
}

function readHttp(entry: EntryReader, base: Base): HttpServer | undefined {
  if (entry.has('command')) {
    entry.fault(entry.at('command'), 'it has both "command" and "url": keep the one that is meant')
    return undefined
  }
  const type = entry.text('type')
  if (type !== undefined && !HTTP_TYPES.includes(type)) faultType(entry, type)
  for (const key of KNOWN.stdio) if (entry.has(key)) entry.warn(entry.at(key), `"${key}" is ignored beside "url"`)

  const url = entry.text('url')
  const headers = entry.textMap('headers') ?? {}
  const parsed = url === undefined ? undefined : URL.parse(url)
  if (url !== undefined && !/^https?:$/.test(parsed?.protocol ?? '')) {
    entry.fault(entry.at('url'), '"url" must be an http:// or https:// address')
  }
  if (parsed?.username || parsed?.password) {
    entry.fault(entry.at('url'), '"url" must not hold a user or password: write an "Authorization" header instead')
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeader(name, value)) entry.fault(entry.at('headers'), `the header "${name}" cannot be sent as it is`)
  }
  const oauth = readOAuth(entry)
  if (entry.has('oauth') && Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')) {
    entry.fault(entry.at('oauth'), 'it has both "oauth" and an "Authorization" header: keep the one that is meant')
  }
  return url === undefined ? undefined : { ...base, kind: 'http', url, headers, ...oauth }
}

function faultType(entry: EntryReader, type: string): void {
  const advice =
    type === 'sse'
      ? 'the SSE transport of 2024 is not spoken here: write "type": "http" and the server\'s Streamable HTTP address, ' +
        'which often ends with /mcp instead of /sse'
      : `"type" is "stdio" beside a "command" and "http" beside a "url", not "${type}"`
  entry.fault(entry.at('type'), advice)
}

function readTimeout(entry: EntryReader): { timeoutMs?: number } {
  const [key, other] = entry.has('timeoutMs') ? ['timeoutMs', 'timeout'] : ['timeout', 'timeoutMs']
  if (entry.has(other)) entry.warn(entry.at('timeout'), '"timeout" is ignored beside "timeoutMs"')
  const timeoutMs = readMs(entry, key)
  if (timeoutMs === undefined) return {}
  if (key === 'timeout' && timeoutMs < 1000) {
    entry.warn(entry.at(key), `"timeout" is in milliseconds: this is ${timeoutMs} ms; write "timeoutMs" to be clear`)
  }
  return { timeoutMs }
}

function readConnectTimeout(entry: EntryReader): { connectTimeoutMs?: number } {
  const connectTimeoutMs = readMs(entry, 'connectTimeoutMs')
  return connectTimeoutMs === undefined ? {} : { connectTimeoutMs }
}

function readMs(entry: EntryReader, key: string): number | undefined {
  const ms = entry.number(key)
  if (ms === undefined || (Number.isInteger(ms) && ms >= 1 && ms <= MAX_TIMER_MS)) return ms
  entry.fault(entry.at(key), `"${key}" must be whole milliseconds, from 1 to ${MAX_TIMER_MS}`)
  return undefined
}

function readExposed(entry: EntryReader): { exposed?: Exposed } {
  const policy = readTaskPolicy(entry)
  const globs = entry.texts('expose')
  if (globs) return { exposed: { globs, policy } }
  if (entry.has('tasks') && !entry.has('expose'))
    entry.warn(
      entry.at('tasks'),
      '"tasks" is ignored without "expose", which says which tools are tasks: ["*"] for all',
    )
  return {}
}

function isHeader(name: string, value: string): boolean {
  try {
    new Headers([[name, value]])
    return true
  } catch {
    return false
  }
}
