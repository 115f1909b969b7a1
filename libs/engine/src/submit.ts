import { compileSchema, SchemaError } from '@longhaul/schema'
import {
  type Audience,
  type Call,
  type CatalogEntry,
  type JsonObject,
  type JsonSchema,
  LonghaulError,
  newTaskId,
  type Outcome,
  type Principal,
  type Settings,
  type Task,
  type TaskHead,
  toolError,
} from '@longhaul/task'
import type { EnginePorts } from './ports.ts'
import { wake } from './wake.ts'

export interface Submission {
  readonly principal: Principal
  readonly tool: string
  readonly args: JsonObject
  /** What the submitter's client can answer. */
  readonly audience: Audience
  /** Milliseconds from creation; clamped to `maxTtlMs`, `defaultTtlMs` when absent. */
  readonly ttlMs?: number
  /** Where it comes over MCP; the questions are shown in its session. */
  readonly call?: Call
}

/**
 * Makes a task of a call and sets it going. Arguments that do not fit the tool's schema make a task that has failed
 * with the reason, since that is an answer for the model that wrote them.
 * @throws LonghaulError `tool_not_found`, `client_cannot_answer`, `too_large`, `store_unavailable`
 */
export async function submit(ports: EnginePorts, submission: Submission): Promise<Task> {
  const { store, catalog, settings } = ports
  const entry = await catalog.find(submission.tool)
  if (!entry) throw new LonghaulError('tool_not_found', `Unknown tool: ${submission.tool}`)
  checkSize(submission.args, settings)
  checkAudience(entry, submission.audience)

  const { principal, call } = submission
  const head: TaskHead = {
    tool: entry.name,
    definition: entry.definition,
    queue: entry.queue,
    owner: principal.owner,
    ...(principal.clientId && { clientId: principal.clientId }),
    createdAt: Date.now(),
    ttlMs: Math.min(Math.max(submission.ttlMs ?? settings.defaultTtlMs, 0), settings.maxTtlMs),
    audience: submission.audience,
    ...(submission.call && { call: submission.call }),
  }
  const id = newTaskId(principal.owner)
  const outcome = refusal(entry, submission.args)
  // `exists` would mean that the command came twice, since the id is random: the connection broke before its answer.
  await store.create({
    id,
    head,
    args: submission.args,
    ...(call && { session: call.session }),
    ...(outcome && { outcome }),
  })
  if (outcome) {
    const task = await store.read(id)
    if (task) return task
  } else {
    await wake(ports, id, head.queue)
  }
  return {
    id,
    head,
    status: 'working',
    isError: false,
    updatedAt: head.createdAt,
    seq: 1,
    ...(call && { session: call.session }),
  }
}

function checkSize(args: JsonObject, { maxArgumentBytes }: Settings): void {
  const bytes = Buffer.byteLength(JSON.stringify(args))
  if (bytes <= maxArgumentBytes) return
  const message = `The arguments are ${bytes} bytes; the most is ${maxArgumentBytes} (LONGHAUL_MAX_ARGUMENT_BYTES).`
  throw new LonghaulError('too_large', message)
}

function checkAudience({ name, needs }: CatalogEntry, audience: Audience): void {
  const refuse = (what: string, capability: string) => {
    const message = `The tool '${name}' ${what}, which needs the client capability ${capability}, and this client did not declare it.`
    return new LonghaulError('client_cannot_answer', message, { data: { tool: name, capability } })
  }
  if (needs.sampling === 'tools' && audience.sampling !== 'tools') {
    throw refuse("runs on your client's own model", 'sampling.tools')
  }
  if (needs.sampling === 'plain' && audience.sampling === 'none') {
    throw refuse("runs on your client's own model", 'sampling')
  }
  if (needs.elicitation && !audience.elicitation) throw refuse('asks a person', 'elicitation')
}

function refusal({ name, inputSchema }: CatalogEntry, args: JsonObject): Outcome | undefined {
  const message = findFault(name, inputSchema, args)
  return message === undefined ? undefined : { kind: 'result', result: toolError(message) }
}

function findFault(name: string, inputSchema: JsonSchema, args: JsonObject): string | undefined {
  try {
    const faults = compileSchema(inputSchema)(args)
    return faults.length === 0 ? undefined : `Invalid arguments for tool '${name}': ${faults.join('; ')}.`
  } catch (error) {
    // A server elsewhere may list a schema that nobody can check.
    if (error instanceof SchemaError) return `The tool '${name}' cannot be called. Its input schema: ${error.message}`
    throw error
  }
}
