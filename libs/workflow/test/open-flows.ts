import { setTimeout as delay } from 'node:timers/promises'
import type { RemoteAgentTool } from '@longhaul/agent'
import type { Submission } from '@longhaul/engine'
import { type Context, defineTool, type Tool } from '@longhaul/runtime'
import { formatProblem, type JsonObject, readSettings, type Settings } from '@longhaul/task'
import { type InstallOptions, openInstallations, PRINCIPAL } from '@longhaul/testbed/installations'
import { createWorkflows, parseWorkflowFile, type Target } from '../src/index.ts'

interface FlowOptions extends InstallOptions {
  /** Tools of servers. */
  readonly remote?: readonly RemoteAgentTool[]
}

type Flows = Readonly<Record<string, string>>

/** @returns what makes an installation with workflows: YAML by name */
export async function openFlows() {
  const install = await openInstallations()
  return (flows: Flows, tools: readonly Tool[], { remote = [], ...options }: FlowOptions = {}) => {
    const settings = { ...readSettings({}), ...options }
    const undoTools = tools.flatMap(({ undoTool }) => undoTool ?? [])
    const installation = install([...toTools(flows, { tools, remote, settings }), ...tools, ...undoTools], options)
    const { engine, outcome, settle, sweep } = installation
    const submit = async (name: string, args: JsonObject = {}, more: Partial<Submission> = {}) =>
      (await installation.submit(name, args, more)).id
    /** Lets time go on until the task is over. @returns its text, with ERROR before it where it is one */
    const comesTo = async (taskId: string): Promise<string> => {
      for (;;) {
        await settle()
        const ended = await outcome(taskId)
        if (ended?.kind === 'result')
          return `${ended.result.isError ? 'ERROR ' : ''}${ended.result.content.map((block) => block.text).join()}`
        if (ended) return ended.kind === 'cancelled' ? `cancelled: ${ended.reason}` : `error: ${ended.error.message}`
        await delay(2)
        await sweep()
      }
    }
    return {
      ...installation,
      submit,
      comesTo,
      inspect: (taskId: string) => engine.inspect(PRINCIPAL, taskId),
      list: async () => (await engine.list(PRINCIPAL)).tasks,
      cancel: (taskId: string) => engine.cancel(PRINCIPAL, taskId),
      retry: async (taskId: string) => (await engine.retry({ ...PRINCIPAL, scopes: ['tasks:admin'] }, taskId)).id,
      accept: (taskId: string, key: string, content = {}) =>
        engine.answer(PRINCIPAL, { taskId, key, reply: { kind: 'answer', answer: { action: 'accept', content } } }),
      decline: (taskId: string, key: string) =>
        engine.answer(PRINCIPAL, { taskId, key, reply: { kind: 'answer', answer: { action: 'decline' } } }),
    }
  }
}

/** A tool for a test, of which a second call does no harm. */
export const tool = (name: string, execute: (args: JsonObject, ctx: Context) => unknown): Tool =>
  defineTool({
    name,
    description: name,
    inputSchema: { type: 'object' },
    annotations: { idempotentHint: true },
    execute: async (args, ctx) => (await execute(args, ctx)) as JsonObject,
  })

interface Installable {
  readonly tools: readonly Tool[]
  readonly remote: readonly RemoteAgentTool[]
  readonly settings: Settings
}

/** @throws Error with all that is wrong in the files */
function toTools(flows: Flows, { tools, remote, settings }: Installable): readonly Tool[] {
  const parsed = Object.entries(flows).map(([name, text]) =>
    parseWorkflowFile(text, `workflows/${name}.yaml`, settings),
  )
  const targets: Target[] = [
    ...tools.map((one) => ({ kind: 'task', of: 'tool', tool: one }) as const),
    ...remote.map((one) => ({ kind: 'remote', tool: one }) as const),
  ]
  const workflows = parsed.flatMap(({ workflow }) => workflow ?? [])
  const built = createWorkflows(workflows, { targets, settings })
  const problems = [...parsed.flatMap((one) => one.problems), ...built.problems].map(formatProblem)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return built.tools
}
