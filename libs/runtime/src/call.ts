import { compileSchema } from '@longhaul/schema'
import {
  accountsOf,
  type CatalogEntry,
  childTaskId,
  headOfTool,
  type JsonObject,
  lackingCapability,
  NO_DEADLINE,
  ONE_TOOL_CALL,
  type Settings,
  type TaskDraft,
  type TaskHead,
  type ToolResult,
} from '@longhaul/task'
import type { Activation } from './activation.ts'
import { beginAgain } from './begin-again.ts'
import type { CallOptions } from './context.ts'
import type { StepIdentity } from './journal.ts'
import { checkChildren } from './limits.ts'
import { beginWithin } from './reserve.ts'
import { keyOf, type Scope } from './scope.ts'
import { checkKey, hashInput } from './step-key.ts'

/** What is known of the tools that can be called, by name. */
type FindEntry = (name: string) => CatalogEntry | undefined

/** What is known of the tasks that code can call, and of those that it has called. */
export interface Callees {
  readonly findEntry: FindEntry
  /** What is being undone of these tasks, or of those below them, in words; undefined where nothing is. */
  readonly describeUnderUndo: (taskIds: readonly string[]) => Promise<string | undefined>
}

export interface ChildCall extends CallOptions {
  readonly tool: string
  readonly args: JsonObject
}

/**
 * Calls a tool as a task of its own, and waits for it like for anything else: without holding anything. The child is made
 * by the write that opens the wait, or is not; its id follows from the step's key, so there is never a second one.
 */
export async function call(
  activation: Activation,
  scope: Scope,
  { findEntry, describeUnderUndo }: Callees,
  { tool, args, key, retryOf, timeoutMs, isUndo }: ChildCall,
): Promise<ToolResult> {
  // As they are now, whatever the caller does with its object.
  const given = JSON.parse(JSON.stringify(args)) as JsonObject
  const step: StepIdentity = { key: keyOf(scope, 'call', key), kind: 'child', input: hashInput([tool, given]) }
  const first = retryOf === undefined ? undefined : scope.prefix + checkKey(retryOf, scope.mostKeyCharacters)
  const earlier = first === undefined ? [] : earlierCalls(activation, first, step.key)
  const result = await activation.steps.call(scope, step, () => {
    const entry = findEntry(tool)
    if (!entry || (entry.as && entry.as.kind !== 'undo'))
      throw new Error(`No worker has a tool '${tool}' at the moment.`)
    const { taskId, head, journal, settings } = activation
    checkChildren(journal, head, settings)
    checkCall(entry, { head, args: given, settings })
    const child: TaskDraft = {
      id: childTaskId(taskId, step.key),
      head: toHead(entry, {
        ...{ taskId, head, step, settings },
        ...(first !== undefined && { first }),
        ...(timeoutMs !== undefined && { timeoutMs }),
        ...(isUndo && { isUndo }),
      }),
      args: given,
      ...(entry.pin && { pin: entry.pin }),
    }
    // Nobody here hears of its end before the code does: it is held until the task ends, and counts then.
    const open = () => activation.steps.open(step, { wait: 'child', taskId: child.id, deadline: NO_DEADLINE }, child)
    const begin = () => {
      if (isUndo) open()
      else beginWithin(activation, scope, { step, most: ONE_TOOL_CALL, begin: open })
    }
    if (earlier.length === 0) begin()
    else void beginAgain(activation, scope, { step, begin, whyNotYet: () => describeUnderUndo(earlier) })
  })
  return result as unknown as ToolResult
}

/** The tasks that were called so far for this call, of which `first` is the key of the first. */
function earlierCalls({ again, taskId }: Activation, first: string, key: string): readonly string[] {
  const keys = again.get(first) ?? [first]
  again.set(first, [...keys, key])
  return keys.map((one) => childTaskId(taskId, one))
}

/** @throws Error that says why the call cannot be made */
function checkCall(
  { name, needs, inputSchema }: CatalogEntry,
  { head, args, settings }: { readonly head: TaskHead; readonly args: JsonObject; readonly settings: Settings },
): void {
  const lacking = lackingCapability(needs, head.audience)
  if (lacking) {
    throw new Error(
      `The tool '${name}' cannot be called here: it needs the client capability ${lacking}, which the client that submitted the task did not declare.`,
    )
  }
  const bytes = Buffer.byteLength(JSON.stringify(args))
  if (bytes > settings.maxArgumentBytes) {
    throw new Error(
      `The arguments are ${bytes} bytes; the most is ${settings.maxArgumentBytes} (LONGHAUL_MAX_ARGUMENT_BYTES).`,
    )
  }
  const faults = compileSchema(inputSchema)(args)
  if (faults.length > 0) throw new Error(`Invalid arguments for tool '${name}': ${faults.join('; ')}.`)
}

interface Caller {
  readonly taskId: string
  readonly head: TaskHead
  readonly step: StepIdentity
  /** Key of the first attempt at the call. */
  readonly first?: string
  readonly timeoutMs?: number
  readonly isUndo?: true
  readonly settings: Settings
}

/** A child is its parent's owner's, as urgent as its parent, and asks whom its parent may ask. */
function toHead(entry: CatalogEntry, { taskId, head, step, first, timeoutMs, isUndo, settings }: Caller): TaskHead {
  const { owner, clientId, audience, priority, trace, lineage, origin, isFromStart } = head
  const createdAt = Date.now()
  const ofTool = entry.timeoutMs ?? settings.taskTimeoutMs
  // What is used up does not keep from undoing what was done.
  const accounts = isUndo ? [] : accountsOf(taskId, head)
  const originOfParent = first === undefined ? origin : (origin ?? taskId)
  // What was done again is not undone by what undid it the first time.
  const retriedFrom = isUndo && isFromStart ? undefined : head.retriedFrom
  const limitMs = Math.min(timeoutMs ?? ofTool, ofTool || Number.POSITIVE_INFINITY)
  return {
    tool: entry.name,
    ...headOfTool(entry),
    owner,
    ...(clientId && { clientId }),
    createdAt,
    // It is kept as long as the root of its tree.
    ttlMs: Math.max(head.createdAt + head.ttlMs - createdAt, settings.resultRetentionMs),
    audience,
    ...(priority && { priority }),
    ...(trace && { trace }),
    ...(limitMs > 0 && { timeoutMs: limitMs }),
    ...((isUndo ?? head.isUndo) && { isUndo: true }),
    ...(entry.budget && { budget: entry.budget }),
    // What the retry of a task calls again goes on with what was done then, under the same idempotency keys.
    ...(originOfParent && { origin: childTaskId(originOfParent, first ?? step.key) }),
    ...(retriedFrom && { retriedFrom: childTaskId(retriedFrom, step.key), ...(isFromStart && { isFromStart }) }),
    lineage: {
      ancestors: [...(lineage?.ancestors ?? []), taskId],
      step: { key: step.key, input: step.input },
      queue: head.queue,
      ...(accounts.length > 0 && { accounts }),
    },
  }
}
