import { createHash } from 'node:crypto'
import { type Context, StepError } from '@longhaul/runtime'
import { decisionForm, type OnCodeChange } from '@longhaul/task'
import type { AgentPlan } from './agent-plan.ts'
import type { AgentTool } from './agent-tool.ts'

const DECISION = decisionForm([
  { const: 'continue', title: 'Go on calling it' },
  { const: 'end', title: 'Do not call it any more' },
])

const HASH_CHARACTERS = 12

/**
 * Whether tools that have changed since the conversation began are called all the same: a TypeScript tool of which there
 * is another version, a remote one whose server lists another schema. A person is asked once about each.
 */
export class ToolChanges {
  readonly #ctx: Context
  readonly #asked = new Map<string, Promise<string | undefined>>()

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** @returns why the tool is not called, in words for the model */
  async seek(plan: AgentPlan, tool: AgentTool, policy: OnCodeChange): Promise<string | undefined> {
    const change = changeOf(plan, tool)
    if (!change) return undefined
    const decided = (tool.kind === 'durable' ? tool.tool.onCodeChange : undefined) ?? policy
    if (decided === 'continue') return undefined
    const what = `The tool '${change.name}' has changed since this conversation began.`
    if (decided === 'fail') return `${what} It is not called any more.`
    const key = `changed.${change.name}.${change.to}`
    const asked = this.#asked.get(key) ?? this.#ask(key, what)
    this.#asked.set(key, asked)
    return asked
  }

  async #ask(key: string, what: string): Promise<string | undefined> {
    if (!this.#ctx.audience.elicitation) return `${what} Nobody can be asked whether it should still be called.`
    try {
      const reply = await this.#ctx.elicit({ key, message: `${what} Should it still be called?`, schema: DECISION })
      const goesOn = reply.action === 'accept' && reply.content?.decision === 'continue'
      return goesOn ? undefined : `${what} It was decided not to call it any more.`
    } catch (error) {
      if (!(error instanceof StepError)) throw error
      return `${what} Nobody decided whether it should still be called.`
    }
  }
}

/** What an agent was given, and what there is of that name now. */
export function changeOf(plan: AgentPlan, tool: AgentTool): { readonly name: string; readonly to: string } | undefined {
  if (tool.kind === 'durable') {
    const { name, version } = tool.tool
    const before = plan.versions?.[name]
    return before === undefined || version === undefined || before === version ? undefined : { name, to: hash(version) }
  }
  if (tool.kind !== 'remote') return undefined
  const before = plan.tools.find(({ name }) => name === tool.name)
  const [was, is] = [JSON.stringify(before?.inputSchema), JSON.stringify(tool.inputSchema)]
  return before === undefined || was === is ? undefined : { name: tool.name, to: hash(is) }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, HASH_CHARACTERS)
