import { compileSchema, SchemaError } from '@longhaul/schema'
import {
  type Audience,
  type Budget,
  type Call,
  type CatalogEntry,
  headOfTool,
  type JsonObject,
  LIMITS,
  LonghaulError,
  lackingCapability,
  limitFault,
  lowerBudget,
  MAX_PRIORITY,
  newTaskId,
  type Outcome,
  type Principal,
  type Serves,
  type Settings,
  type Task,
  type TaskDraft,
  type TaskHead,
  type TraceContext,
  taskNotFound,
  toolError,
} from '@longhaul/task'
import { hashPayload } from './payload-hash.ts'
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
  /** Names the task among the owner's: a second submission under the key is that task, as long as it is kept. */
  readonly idempotencyKey?: string
  /** From 0, first, to MAX_PRIORITY, last; `defaultPriority` when absent. */
  readonly priority?: number
  /** Unix ms before which it does not start; at most `maxStartDelayMs` from now. */
  readonly startAt?: number
  /** Most milliseconds that it may take, waiting for people not counted; its tool may allow less. */
  readonly timeoutMs?: number
  /** What it may spend with all tasks below it; its tool may allow less. */
  readonly budget?: Partial<Budget>
  /** Where it is no call of a tool: `tool` is then the key of what is exposed as something else. */
  readonly serves?: Serves
  /** Handed on to whatever the task calls. */
  readonly trace?: TraceContext | undefined
}

/**
 * Makes a task of a call and sets it going. Arguments that do not fit the tool's schema make a task that has failed
 * with the reason, since that is an answer for the model that wrote them.
 * @returns the new task, or the one that the owner has under the idempotency key
 * @throws LonghaulError `tool_not_found`, `client_cannot_answer`, `too_large`, `submission_invalid`,
 *   `idempotency_conflict`, `too_many_tasks` with `data.retryAfterMs`, `store_unavailable`; `arguments_invalid` where it is
 *   no call of a tool
 */
export async function submit(ports: EnginePorts, submission: Submission): Promise<Task> {
  const { store, catalog, settings } = ports
  const { serves } = submission
  const entry = await catalog.find(submission.tool)
  // What is exposed as something else is no tool, and a tool is nothing else.
  if (!entry || (entry.as === undefined) !== (serves === undefined)) {
    throw new LonghaulError('tool_not_found', `Unknown tool: ${submission.tool}`)
  }
  checkSize(submission.args, settings)
  checkOptions(submission, settings)
  const budget = lowerBudget(entry.budget, submission.budget)
  checkBudget(entry, submission.budget, budget)
  checkAudience(entry, submission.audience)
  const total = ports.openTasks.total()
  if (total >= settings.maxOpenTasks)
    throw tooMany(
      `There are ${total} open tasks, and the most is ${settings.maxOpenTasks} (LONGHAUL_MAX_OPEN_TASKS)`,
      settings,
    )

  const { principal, call, args, idempotencyKey } = submission
  const head = { ...toHead(entry, submission, settings), ...(budget && { budget }) }
  const id = newTaskId(principal.owner)
  const fault = findFault(entry, args)
  // Only a tool is called by a model that should read what is wrong.
  if (fault !== undefined && serves) throw new LonghaulError('arguments_invalid', fault)
  const outcome: Outcome | undefined = fault === undefined ? undefined : { kind: 'result', result: toolError(fault) }
  const isRunnable = !outcome && head.startAt === undefined
  const wakeIt = () => wake(ports, id, head)
  const draft: TaskDraft = {
    id,
    head,
    args,
    ...(entry.pin && { pin: entry.pin }),
    ...(idempotencyKey !== undefined && {
      idempotency: { key: idempotencyKey, payload: hashPayload(entry.name, args) },
    }),
    ...(call && { session: call.session }),
    ...(outcome && { outcome }),
  }
  const creation = await store.create(draft, isRunnable ? wakeIt : undefined)
  switch (creation.kind) {
    case 'known':
      return taken(ports, creation.taskId)
    case 'conflict':
      throw new LonghaulError(
        'idempotency_conflict',
        `There is a task of another tool or other arguments under the idempotency key '${idempotencyKey}'. Use another key.`,
      )
    case 'too_many':
      throw tooManyOfOwner(settings)
    case 'created':
    case 'exists': // The id is random: the command came twice, since the connection broke before its answer.
      if (isRunnable && !creation.isWoken) await wakeIt()
  }
  // What the store says of a task that has just begun is known.
  if (!isRunnable) return taken(ports, id)
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

function toHead(entry: CatalogEntry, submission: Submission, settings: Settings): TaskHead {
  const { principal, audience, call, priority = settings.defaultPriority, startAt = 0, serves, trace } = submission
  const createdAt = Date.now()
  const ofTool = entry.timeoutMs ?? settings.taskTimeoutMs
  const timeoutMs = Math.min(submission.timeoutMs ?? ofTool, ofTool || Number.POSITIVE_INFINITY)
  return {
    tool: entry.name,
    ...headOfTool(entry),
    owner: principal.owner,
    ...(principal.clientId && { clientId: principal.clientId }),
    createdAt,
    ttlMs: serves ? 0 : Math.min(Math.max(submission.ttlMs ?? settings.defaultTtlMs, 0), settings.maxTtlMs),
    audience,
    ...(call && { call }),
    ...(serves && { serves }),
    ...(trace && { trace }),
    ...(priority > 0 && { priority }),
    ...(startAt > createdAt && { startAt: Math.ceil(startAt) }),
    ...(timeoutMs > 0 && { timeoutMs }),
  }
}

/** The task as the store has it. It cannot be gone: a record is removed long after its end. */
export async function taken({ store }: EnginePorts, taskId: string): Promise<Task> {
  const task = await store.read(taskId)
  if (!task) throw taskNotFound()
  return task
}

function checkOptions(
  { idempotencyKey, priority, startAt, timeoutMs }: Submission,
  { maxStartDelayMs, maxIdempotencyKeyCharacters: mostCharacters }: Settings,
): void {
  const refuse = (message: string) => new LonghaulError('submission_invalid', message)
  if (idempotencyKey === '' || (idempotencyKey?.length ?? 0) > mostCharacters) {
    const setBy = 'LONGHAUL_MAX_IDEMPOTENCY_KEY_CHARACTERS'
    throw refuse(`The idempotency key must have 1 to ${mostCharacters} characters (${setBy}).`)
  }
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 0 && priority <= MAX_PRIORITY)) {
    throw refuse(`The priority must be a whole number from 0, first, to ${MAX_PRIORITY}, last.`)
  }
  if (timeoutMs !== undefined && !(Number.isInteger(timeoutMs) && timeoutMs > 0)) {
    throw refuse('The timeout must be a whole number of milliseconds of at least 1.')
  }
  if (startAt !== undefined && !(startAt - Date.now() <= maxStartDelayMs)) {
    throw refuse(`The start can be put off by ${maxStartDelayMs} ms at most (LONGHAUL_MAX_START_DELAY_MS).`)
  }
}

function checkBudget(
  { name, unpricedModels = [] }: CatalogEntry,
  asked: Partial<Budget> | undefined,
  budget: Budget | undefined,
): void {
  for (const limit of LIMITS) {
    const fault = asked?.[limit] === undefined ? undefined : limitFault(limit, asked[limit])
    if (fault) throw new LonghaulError('submission_invalid', `The ${limit} of a budget must be ${fault}.`)
  }
  if (budget?.costUsd === undefined || unpricedModels.length === 0) return
  const message = `The tool '${name}' cannot have a budget in money (costUsd): nobody knows what ${unpricedModels.join(', ')} costs. Write its price into prices.yaml of the project, or limit tokens instead.`
  throw new LonghaulError('submission_invalid', message)
}

export const tooManyOfOwner = (settings: Settings): LonghaulError =>
  tooMany(
    `You have as many open tasks as you may: ${settings.maxOpenTasksPerOwner} (LONGHAUL_MAX_OPEN_TASKS_PER_OWNER)`,
    settings,
  )

const tooMany = (what: string, { tooManyRetryMs: retryAfterMs }: Settings): LonghaulError =>
  new LonghaulError(
    'too_many_tasks',
    `${what}. Try again when some have ended, in ${retryAfterMs} ms at the earliest.`,
    { data: { retryAfterMs } },
  )

function checkSize(args: JsonObject, { maxArgumentBytes }: Settings): void {
  const bytes = Buffer.byteLength(JSON.stringify(args))
  if (bytes <= maxArgumentBytes) return
  const message = `The arguments are ${bytes} bytes; the most is ${maxArgumentBytes} (LONGHAUL_MAX_ARGUMENT_BYTES).`
  throw new LonghaulError('too_large', message)
}

function checkAudience(entry: CatalogEntry, audience: Audience): void {
  const capability = lackingCapability(entry.needs, audience)
  if (capability === undefined) return
  const what = capability === 'elicitation' ? 'asks a person' : "runs on your client's own model"
  const message = `The ${describe(entry)} ${what}, which needs the client capability ${capability}, and this client did not declare it.`
  throw new LonghaulError('client_cannot_answer', message, { data: { tool: entry.name, capability } })
}

function findFault(entry: CatalogEntry, args: JsonObject): string | undefined {
  try {
    const faults = compileSchema(entry.inputSchema)(args)
    return faults.length === 0 ? undefined : `Invalid arguments for ${describe(entry)}: ${faults.join('; ')}.`
  } catch (error) {
    // A server elsewhere may list a schema that nobody can check.
    if (error instanceof SchemaError) {
      return `The tool '${entry.name}' cannot be called. Its input schema: ${error.message}`
    }
    throw error
  }
}

const describe = ({ name, as }: CatalogEntry): string =>
  as?.kind === 'prompt' ? `prompt '${as.name}'` : as ? name : `tool '${name}'`
