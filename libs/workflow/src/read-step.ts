import type { YamlFile } from '@longhaul/project-files'
import { toFormSchema } from '@longhaul/runtime'
import type { Json, JsonSchema } from '@longhaul/task'
import { DECISION, toApprovalForm } from './approval.ts'
import type { RetryFile, StepFile, UndoFile } from './file-format.ts'
import type { Surroundings, TemplateReader } from './parse-template.ts'
import { checkSchema } from './read-inputs.ts'
import type { Template } from './template.ts'
import type { Approval, Retry, Step, ToolCall, Undo } from './workflow.ts'

export interface StepParts {
  readonly file: YamlFile
  readonly reader: TemplateReader
  /** What expressions of the step may name; `contexts` beside inputs and steps. */
  readonly around: (contexts: readonly ('item' | 'index' | 'outputs')[]) => Surroundings
}

type Path = readonly PropertyKey[]

const ACTIONS = ['tool', 'agent', 'approval'] as const
/** What a step can have only if it calls something. */
const ONLY_OF_CALLS = ['with', 'forEach', 'retry', 'undo'] as const

const NO_CONTENT: JsonSchema = { type: 'object', properties: {} }

/** A step, or undefined with a problem where it does not say what it does. */
export function readStep(id: string, given: StepFile, { file, reader, around }: StepParts): Step | undefined {
  const path = ['steps', id]
  const inside = around(given.forEach ? ['item', 'index'] : [])
  const { title, needs = [], forEach, retry, timeout, continueOnError = false, undo } = given
  const action = readAction(given, path, { file, reader, around: inside })
  const condition = given.if === undefined ? undefined : reader.readCondition(given.if, [...path, 'if'], around([]))
  const items = forEach && reader.read(forEach.items, itemsPath(file, path), around([]))
  if (items?.kind === 'literal')
    file.complain([...path, 'forEach'], "'forEach' must be an expression that gives a list, or a list.")
  const undoAround = around(given.forEach ? ['item', 'index', 'outputs'] : ['outputs'])
  const undoing = undo && readUndo(undo, [...path, 'undo'], { file, reader, around: undoAround })
  if (!action) return undefined
  return {
    id,
    ...(title && { title }),
    needs,
    action,
    ...(condition && { if: condition }),
    ...(forEach && items && { forEach: { items, ...optional('concurrency', forEach.concurrency) } }),
    ...(retry && { retry: toRetry(retry) }),
    ...optional('timeoutMs', timeout),
    continueOnError,
    ...(undoing && { undo: undoing }),
    place: file.placeOf(path),
  }
}

interface Around {
  readonly file: YamlFile
  readonly reader: TemplateReader
  readonly around: Surroundings
}

function readAction(given: StepFile, path: Path, parts: Around): Step['action'] | undefined {
  const { file, reader, around } = parts
  const actions = ACTIONS.filter((action) => given[action] !== undefined)
  if (actions.length !== 1) {
    const what = actions.length === 0 ? 'does nothing' : `has ${actions.join(' and ')}`
    file.complain(path, `The step '${String(path[1])}' ${what}: give it one of tool, agent and approval.`)
    return undefined
  }
  if (!given.approval) return readCall(given, path, parts)
  for (const key of ONLY_OF_CALLS.filter((name) => given[name] !== undefined))
    file.complain(
      [...path, key],
      `An approval has no '${key}'. Leave it out, or give it to a step that calls something.`,
    )
  const at = [...path, 'approval']
  const { message, schema = NO_CONTENT } = given.approval
  if (given.approval.schema) checkForm(schema, [...at.map(String), 'schema'], file)
  const isShort = file.sourceOf([...at, 'message']).source === ''
  const template = reader.read(message, isShort ? at : [...at, 'message'], around)
  return { kind: 'approval', message: template, schema } satisfies Approval
}

function checkForm(schema: JsonSchema, path: readonly string[], file: YamlFile): void {
  if (!checkSchema(schema, path, file)) return
  if (Object.hasOwn(Object(schema.properties), DECISION))
    file.complain(
      [...path, 'properties', DECISION],
      `'${DECISION}' is what every approval asks: call this field otherwise.`,
    )
  try {
    toFormSchema(toApprovalForm(schema))
  } catch (error) {
    file.complain(path, (error as Error).message.replace(/^elicit\.schema:? /, 'The form cannot be shown: '))
  }
}

function readUndo(given: UndoFile, path: Path, parts: Around): Undo | undefined {
  if ((given.tool === undefined) === (given.agent === undefined)) {
    parts.file.complain(
      path,
      "'undo' calls one tool or one agent: write tool: NAME or agent: NAME, and with: below it.",
    )
    return undefined
  }
  const { retry, timeout } = given
  const call = readCall(given, path, parts)
  return { ...call, ...(retry && { retry: toRetry(retry) }), ...optional('timeoutMs', timeout) }
}

function readCall(
  { tool, agent, with: args }: Pick<StepFile, 'tool' | 'agent' | 'with'>,
  path: Path,
  { file, reader, around }: Around,
): ToolCall {
  const kind = tool === undefined ? 'agent' : 'tool'
  const template: Template = reader.read((args ?? {}) as Json, [...path, 'with'], around)
  return { kind, name: tool ?? agent ?? '', with: template, place: file.placeOf([...path, kind]) }
}

/** `forEach` may be the items themselves. */
function itemsPath(file: YamlFile, path: Path): Path {
  const long = [...path, 'forEach', 'items']
  return file.sourceOf(long).source === '' ? [...path, 'forEach'] : long
}

const toRetry = ({ maxAttempts, backoff, factor, maxBackoff }: RetryFile): Retry => ({
  maxAttempts,
  ...optional('backoffMs', backoff),
  ...optional('factor', factor),
  ...optional('maxBackoffMs', maxBackoff),
})

/** A member that is not there where there is no value. */
const optional = <Key extends string, Value>(key: Key, value: Value | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value }
