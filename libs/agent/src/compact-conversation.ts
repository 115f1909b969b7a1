import type { Context } from '@longhaul/runtime'
import { type Compaction, summaryText } from '@longhaul/task'
import type { ContextPolicy } from './agent-definition.ts'
import type { AgentPlan } from './agent-plan.ts'
import { textTokens } from './estimate-tokens.ts'
import type { LoopMemory } from './loop-memory.ts'
import { type Summarising, summarise } from './summarise.ts'

/** Of the part of the window that may be full, what is left is at most so much of it: else the next turn would do it again. */
const TARGET_PART = 0.5

/** What is left out before the model says that it must be is at least so much of it all: else it is not worth it. */
const LEAST_PART = 0.1

export interface Compacting {
  readonly plan: AgentPlan
  readonly memory: LoopMemory
  readonly turn: number
  readonly why: Compaction['why']
  readonly asking: Summarising
  /** An earlier compaction that no model step refers to yet. */
  readonly before: string | undefined
}

/** Tokens from which on something has to be left out; Infinity where no window is known. The answer needs room, too. */
export function limitOf({ context, maxTokens }: AgentPlan): number {
  if (!context || context.policy === 'fail' || context.window === undefined) return Number.POSITIVE_INFINITY
  return Math.min(context.window * context.threshold, Math.max(context.window - maxTokens, context.window / 2))
}

/**
 * Leaves out the oldest turns of a conversation, by the agent's policy, from the next model step on: the step `cN`, and
 * before it the model step `sN` where they are summed up. Where that fails they are left out all the same.
 * @returns the key of the step; undefined where there is nothing to leave out
 */
export async function compactConversation(ctx: Context, compacting: Compacting): Promise<string | undefined> {
  const { plan, memory, turn, why, before } = compacting
  const { context } = plan
  const cut = context && placeToCut(context, compacting)
  if (!cut || !memory.last) return undefined
  const nth = why === 'near' ? `${turn}` : `${turn}.2`
  const summary =
    context.policy === 'summarise'
      ? await summarise(ctx, compacting.asking, {
          key: `s${nth}`,
          recap: { of: memory.last, until: cut.from, ...(before !== undefined && { compaction: before }) },
        })
      : undefined
  const { tokens } = memory.size
  const made = await ctx.step<Compaction>(`c${nth}`, () => ({
    ...{ policy: summary ? 'summarise' : 'trim', why, from: cut.from },
    ...(summary && { summary: `s${nth}` }),
    tokens,
  }))
  if (summary) memory.summaries.push(summary)
  memory.size.leaveOut(made.from, summary ? textTokens(summaryText(summary)) : 0)
  ctx.log('notice', describe(made, plan))
  return `c${nth}`
}

function placeToCut({ keepTurns }: ContextPolicy, { plan, memory: { size }, why }: Compacting) {
  const cut = size.cut({ keepTurns, target: Math.min(limitOf(plan), size.tokens) * TARGET_PART })
  return why === 'near' && cut && cut.part < LEAST_PART ? undefined : cut
}

function describe({ policy, why, tokens, from }: Compaction, { context }: AgentPlan): string {
  const of = context?.window === undefined ? '' : ` of ${context.window}`
  const reason = why === 'near' ? 'neared the window of the model' : 'was longer than the model takes'
  const done = policy === 'trim' ? 'were left out' : 'were summed up'
  return `The conversation ${reason} (about ${tokens}${of} tokens): the turns before ${from} ${done}.`
}
