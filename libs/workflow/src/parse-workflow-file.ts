import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { YamlFile } from '@longhaul/project-files'
import type { Problem, Settings } from '@longhaul/task'
import { checkFormat } from './check-format.ts'
import { ancestorsOf, checkGraph, type Needs } from './check-graph.ts'
import { checkNames, type Known } from './check-names.ts'
import type { WorkflowFile } from './file-format.ts'
import { TemplateReader } from './parse-template.ts'
import { inputNames, readInputs } from './read-inputs.ts'
import { readOutputs } from './read-outputs.ts'
import { readStep } from './read-step.ts'
import type { Workflow } from './workflow.ts'

export type WorkflowLimits = Pick<Settings, 'maxWorkflowFileBytes' | 'maxWorkflowSteps' | 'maxExpressionCharacters'>

/** What an expression can name as `steps.ID`. */
const STEP_ID = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/
const VERSION_CHARACTERS = 16
const TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/

/**
 * Reads a file `workflows/NAME.yaml`.
 * @param path from the project's folder, which the problems name
 * @returns the workflow, unless there are problems; these are all that the file has, in its order
 */
export function parseWorkflowFile(
  text: string,
  path: string,
  limits: WorkflowLimits,
): { readonly workflow?: Workflow; readonly problems: readonly Problem[] } {
  const bytes = Buffer.byteLength(text)
  if (bytes > limits.maxWorkflowFileBytes) {
    const message = `It has ${bytes} bytes; the most is ${limits.maxWorkflowFileBytes} (LONGHAUL_MAX_WORKFLOW_FILE_BYTES).`
    return { problems: [{ file: path, message, severity: 'error' }] }
  }
  const file = new YamlFile(text, path)
  const given = file.read()
  const said = given === undefined ? undefined : checkFormat(given ?? {}, file)
  const workflow = said && toWorkflow(said, file, limits)
  if (file.isFaulty || !workflow) return { problems: file.problems }
  const version = createHash('sha256').update(text).digest('base64url').slice(0, VERSION_CHARACTERS)
  return { workflow: { ...workflow, text, version }, problems: [] }
}

function toWorkflow(said: WorkflowFile, file: YamlFile, limits: WorkflowLimits): Omit<Workflow, 'text' | 'version'> {
  const { title, description, timeout, budget, queue } = said
  const name = said.name ?? basename(file.file).replace(/\.ya?ml$/i, '')
  if (!TOOL_NAME.test(name))
    file.complainAt(
      0,
      `'${name}' cannot be the name of a tool. Name the file with 1 to 128 of A-Z a-z 0-9 _ - and dot, or write name:.`,
    )
  const needs: Needs = new Map(Object.entries(said.steps).map(([id, step]) => [id, step.needs ?? []]))
  checkIds([...needs.keys()], file, limits)
  checkGraph(needs, file)
  const inputSchema = readInputs(said.inputs, file)
  const reader = new TemplateReader(file, limits.maxExpressionCharacters)
  const ids = [...needs.keys()]
  const known: Known = { inputs: inputNames(inputSchema), steps: ids, over: new Set(ids) }
  const steps = Object.entries(said.steps).flatMap(([id, step]) => {
    const ofStep = { ...known, over: ancestorsOf(id, needs), of: id }
    const around = (contexts: readonly ('item' | 'index' | 'outputs')[]) =>
      checkNames(file, ['inputs', 'steps', ...contexts], ofStep)
    return readStep(id, step, { file, reader, around }) ?? []
  })
  return {
    name,
    file: file.file,
    ...(title && { title }),
    description,
    inputSchema,
    steps,
    ...readOutputs(said.outputs, { file, reader, around: checkNames(file, ['inputs', 'steps'], known) }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(budget && { budget }),
    ...(queue && { queue }),
  }
}

function checkIds(ids: readonly string[], file: YamlFile, { maxWorkflowSteps }: WorkflowLimits): void {
  if (ids.length > maxWorkflowSteps)
    file.complain(
      ['steps'],
      `There are ${ids.length} steps; the most is ${maxWorkflowSteps} (LONGHAUL_MAX_WORKFLOW_STEPS).`,
    )
  const seen = new Map<string, string>()
  for (const id of ids) {
    const path = ['steps', id]
    const other = seen.get(id.toLowerCase())
    if (!STEP_ID.test(id))
      file.complain(path, `'${id}' cannot be the id of a step: write a letter, then up to 63 of A-Z a-z 0-9 _ and -.`)
    else if (other)
      file.complain(path, `'${id}' and '${other}' differ in case only, which expressions do not tell apart.`)
    seen.set(id.toLowerCase(), id)
  }
}
