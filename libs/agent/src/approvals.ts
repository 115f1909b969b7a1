import { type Context, StepError } from '@longhaul/runtime'
import type { JsonObject, ModelAnswer, ModelTool } from '@longhaul/task'
import type { AgentPlan } from './agent-plan.ts'
import { type AskedCall, type Decision, toDecision, toForm, toMessage } from './approval-question.ts'
import { faultsOf } from './check-tool-call.ts'
import { whyApproval } from './plan-approvals.ts'

/** A call that could be made, and whose step has this key. */
export interface CallToApprove {
  readonly key: string
  readonly plan: AgentPlan
  readonly tool: ModelTool
  readonly args: JsonObject
  /** The turn that the call is in. */
  readonly answer: ModelAnswer
}

export type Approval =
  | { readonly kind: 'approved'; readonly args: JsonObject; readonly isEdited: boolean }
  /** In words for the model. */
  | { readonly kind: 'denied'; readonly reason: string }

/**
 * Asks somebody about calls of tools. What was asked, and what came of it, follows from the plan and the answers alone,
 * which are in the journal: so nothing is asked again by whoever goes on with the task, and nothing done unasked.
 */
export class Approvals {
  readonly #ctx: Context
  /** Names of the tools that are approved for the rest of the task. */
  readonly #approved = new Set<string>()

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** @throws Error when nobody decided, and the task is to fail then */
  async seek(call: CallToApprove): Promise<Approval> {
    const { plan, tool, args, answer } = call
    const asIs = { kind: 'approved', args, isEdited: false } as const
    const { approvals } = plan
    const why = approvals && whyApproval(approvals, tool.name, args)
    if (!approvals || why === undefined || this.#approved.has(tool.name)) return asIs
    const words = answer.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n')
    const asked: AskedCall = { agent: approvals.agent, tool: tool.name, args, words: words.trim(), why }

    for (let number = 1, fault: string | undefined; ; number++) {
      const decision = await this.#ask(call, number, { ...asked, ...(fault !== undefined && { fault }) })
      if (decision.kind === 'deny') return { kind: 'denied', reason: toReason(decision.reason) }
      const edited = decision.edited === undefined ? { args } : readArguments(decision.edited, tool)
      if ('fault' in edited) {
        fault = edited.fault
        continue
      }
      if (decision.forAll) this.#approved.add(tool.name)
      const isEdited = JSON.stringify(edited.args) !== JSON.stringify(args)
      return isEdited ? { kind: 'approved', args: edited.args, isEdited } : asIs
    }
  }

  async #ask({ key, plan, tool }: CallToApprove, number: number, asked: AskedCall): Promise<Decision> {
    try {
      const reply = await this.#ctx.elicit({
        key: number === 1 ? `${key}.approval` : `${key}.approval.${number}`,
        message: toMessage(asked),
        schema: toForm(asked),
        // Not its words, which another version of this program may choose otherwise while the question is open.
        input: [tool.name, asked.args],
        ...(plan.approvals && { deadlineMs: plan.approvals.timeoutMs }),
      })
      return toDecision(reply)
    } catch (error) {
      if (!(error instanceof StepError)) throw error
      const reason = `Nobody decided on it. ${error.message}`
      if (plan.approvals?.onTimeout !== 'fail') return { kind: 'deny', reason }
      throw new Error(`The call of ${tool.name} needs an approval. ${reason}`, { cause: error })
    }
  }
}

const toReason = (reason: string | undefined): string =>
  `This call needed an approval, which was denied; it was not made. ${reason === undefined ? 'No reason was given.' : `The reason: ${reason}`}`

function readArguments(
  written: string,
  { inputSchema }: ModelTool,
): { readonly args: JsonObject } | { readonly fault: string } {
  let value: unknown
  try {
    value = JSON.parse(written)
  } catch (error) {
    return { fault: `they are not JSON (${error instanceof Error ? error.message : error})` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { fault: 'they are not a JSON object' }
  const args = value as JsonObject
  const faults = faultsOf(args, inputSchema)
  return faults.length > 0 ? { fault: faults.join('; ') } : { args }
}
