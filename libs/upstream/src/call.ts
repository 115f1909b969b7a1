import { compileSchema } from '@longhaul/schema'
import { type JsonObject, MAX_TIMER_MS, type ToolResult, toolError } from '@longhaul/task'
import { CallError } from './call-error.ts'
import type { Connection, WireCall } from './connection.ts'
import { type Failure, failureOf } from './failure.ts'
import type { Log } from './log.ts'
import { readResult } from './result.ts'
import type { CallOptions, ToolDefinition } from './tools.ts'

/**
 * Longest time that a call waits for a server to come back; longer than the longest pause between two attempts to connect.
 * No setting: whose server is away for longer is told so, and the step is tried again as its policy says.
 */
const RESTART_WAIT_MS = 30_000
/** A call that certainly reached nobody goes out once more on the next connection. */
const MAX_SENDS = 2

/** What a call needs of its server. */
export interface Callee {
  readonly name: string
  readonly timeoutMs: number
  /** Why the server cannot be used, while it cannot. */
  readonly trouble: string | undefined
  readonly log: Log
  /** Aborts when the connections are closed for good. */
  readonly closed: AbortSignal
  /** The connection, or the next one if it comes in time. */
  connection(waitMs: number, signal: AbortSignal): Promise<Connection | undefined>
}

/** Runs one call to its end. See UpstreamTool.call for what it promises. */
export async function callTool(
  callee: Callee,
  tool: ToolDefinition,
  args: JsonObject,
  options: CallOptions,
): Promise<ToolResult> {
  const use = async (connection: Connection, call: WireCall) => readResult(await connection.callTool(call))
  const sent = await sendCall(callee, tool, { args, options, use })
  return sent.kind === 'made' ? sent.value : sent.result
}

interface Sending<T> {
  readonly args: JsonObject
  readonly options: CallOptions
  /** Undefined for an answer that is no result. */
  readonly use: (connection: Connection, call: WireCall) => Promise<T | undefined>
}

type Sent<T> =
  | { readonly kind: 'made'; readonly value: T }
  /** What a model is told instead of a result. */
  | { readonly kind: 'failed'; readonly result: ToolResult }

/** Makes a call once it can be made. @throws CallError when nothing happened, or nobody knows what did */
export async function sendCall<T>(
  callee: Callee,
  tool: ToolDefinition,
  { args, options, use }: Sending<T>,
): Promise<Sent<T>> {
  const signal = AbortSignal.any([options.signal, callee.closed])
  signal.throwIfAborted()
  const failed = (message: string) => ({ kind: 'failed', result: toolError(message) }) as const
  const faults = checkArguments(callee, tool, args)
  if (faults.length > 0) {
    return failed(
      `The arguments do not fit the input schema of ${tool.name}, and it was not called: ${faults.join('; ')}. ` +
        'Correct the arguments and call it again.',
    )
  }
  const limitMs = Math.min(options.timeoutMs ?? callee.timeoutMs, MAX_TIMER_MS)
  const deadline = Date.now() + limitMs
  for (let sends = 1; ; sends += 1) {
    const waitMs = Math.max(0, Math.min(RESTART_WAIT_MS, deadline - Date.now()))
    const connection = await callee.connection(waitMs, signal)
    if (!connection) {
      const why = callee.trouble === undefined ? 'it is still starting' : callee.trouble
      const message = `The server ${callee.name} is not available (${why}). ${tool.name} was not called.`
      throw new CallError(message, { retryable: true })
    }
    try {
      const { toolName, inputSchema } = tool
      const timeoutMs = Math.max(1, deadline - Date.now())
      const value = await use(connection, { ...options, tool: toolName, inputSchema, args, signal, timeoutMs })
      if (value) return { kind: 'made', value }
      return failed(`The server ${callee.name} gave no result for ${tool.name}: its answer has no content.`)
    } catch (error) {
      // Not the signal's reason, which says that nothing was done.
      if (signal.aborted) throw new CallError(describeCut(tool.name, signal.reason), { isOutcomeUnknown: true })
      const failure = failureOf(error)
      if (failure.kind === 'undelivered' && sends < MAX_SENDS) connection.lose(failure.message)
      else return { kind: 'failed', result: toResult(failure, describe(failure, callee.name, tool.name, limitMs)) }
    }
  }
}

/** What the server had to say is the outcome. @throws CallError when nothing happened, or nobody knows what did */
function toResult(failure: Failure, message: string): ToolResult {
  switch (failure.kind) {
    case 'answered':
      return toolError(message)
    case 'refused':
    case 'unauthorized':
      if (failure.isForNow) throw new CallError(message, { retryable: true })
      return toolError(message)
    case 'undelivered':
      throw new CallError(message, { retryable: true })
    case 'exited':
    case 'lost':
      throw new CallError(message, { retryable: true, isOutcomeUnknown: true })
    case 'timeout':
      throw new CallError(message, { isOutcomeUnknown: true })
  }
}

function describe(failure: Failure, server: string, tool: string, limitMs: number): string {
  switch (failure.kind) {
    case 'timeout':
      return (
        `${tool} did not end within its limit of ${limitMs} ms and was told to stop; ` +
        'it is not known whether it took effect.'
      )
    case 'exited':
      return `The server ${server} exited during this call; it is not known whether it took effect.`
    case 'lost':
      return (
        `The server ${server} gave no answer to this call (${failure.message}); ` +
        'it is not known whether it took effect.'
      )
    case 'undelivered':
      return `The server ${server} cannot be reached: ${failure.message}. ${tool} was not called.`
    case 'refused':
      return `The server ${server} refused the call: ${failure.message}. ${tool} was not called.`
    case 'unauthorized':
      return `The server ${server} was not reached: ${failure.message}. ${tool} was not called.`
    case 'answered':
      return `The server ${server} gave no result for ${tool}: ${failure.message}.`
  }
}

const describeCut = (tool: string, reason: unknown): string =>
  `The call of ${tool} was cut off (${reason instanceof Error ? reason.message : String(reason)}); ` +
  'it is not known whether it took effect.'

const unchecked = new WeakSet<ToolDefinition>()

/** Faults of the arguments; none where the schema cannot be used, which is logged once: then the server judges. */
function checkArguments(callee: Callee, tool: ToolDefinition, args: JsonObject): string[] {
  if (unchecked.has(tool)) return []
  try {
    return compileSchema(tool.inputSchema)(args)
  } catch (error) {
    unchecked.add(tool)
    const why = error instanceof Error ? error.message : String(error)
    callee.log.warn({ server: callee.name, tool: tool.name }, `arguments of this tool are not checked here: ${why}`)
    return []
  }
}
