import { type Context, StepError, type Tool } from 'longhaul'
import { act } from './recorder-client.ts'

/** What the tool `program` does, made from a seed. Keys are unique within a program. */
export type Instruction =
  /** A step with an effect, which takes `ms`. Its value is the receipt that the recorder gave for the effect. */
  | {
      readonly do: 'step'
      readonly key: string
      readonly inDoubt: 'repeat' | 'ask'
      readonly ms: number
      /** So many attempts that come to their end fail, and the step is tried again; absent: none. */
      readonly failures?: number
      /** It is not tried again: what fails with it is the task. */
      readonly isFatal?: true
    }
  /** A tool inside, which has its effect without using its context. Its value is the receipt. */
  | { readonly do: 'post'; readonly key: string; readonly ms: number }
  /** A tool inside, which is a program itself. */
  | { readonly do: 'inside'; readonly key: string; readonly program: Program }
  /** A task of its own, which is a program itself. */
  | {
      readonly do: 'child'
      readonly key: string
      readonly tool: 'program' | 'repeatable'
      readonly program: Program
    }
  | { readonly do: 'parallel'; readonly branches: readonly Program[] }
  | { readonly do: 'sleep'; readonly key: string; readonly ms: number }
  /** Asks a person for a word. */
  | { readonly do: 'elicit'; readonly key: string }
  | { readonly do: 'progress'; readonly progress: number }
export type Program = readonly Instruction[]

/** What an instruction comes to: a receipt, a word, or the values of the instructions in it. */
export type Value = number | string | readonly Value[]
/** In place of the value of what was not allowed to be done again. */
export const FAILED = 'failed'

/** Where a program runs. */
export interface Stage {
  readonly ctx: Context
  /** Name of the task in the plan. */
  readonly label: string
  /** What the keys of this program's steps start with in the journal. */
  readonly prefix: string
  readonly tools: { readonly post: Tool; readonly inside: Tool }
}

/** Runs a program, one instruction after the other. Resolves to the values of those that have one. */
export async function play(stage: Stage, program: Program): Promise<Value[]> {
  const values: Value[] = []
  for (const instruction of program) {
    const value = await playOne(stage, instruction)
    if (value !== undefined) values.push(value)
  }
  return values
}

/** Name of the task that a step calls. */
export const toChildLabel = (label: string, step: string): string => `${label}:${step}`

export const toQuestion = (label: string, step: string): string => `What is the word of ${label} ${step}?`

const WORD = { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] }

/** Attempts that are made again because a worker was lost count, too. */
const RETRY = { maxAttempts: 30, backoffMs: 100, factor: 2, maxBackoffMs: 1000 }

async function playOne(stage: Stage, instruction: Instruction): Promise<Value | undefined> {
  const { ctx, label, prefix, tools } = stage
  switch (instruction.do) {
    case 'step': {
      const { key, inDoubt, ms, failures = 0, isFatal = false } = instruction
      const step = prefix + key
      const made = ctx.step(key, ({ idempotencyKey }) => act(ctx, { label, step, ms, failures, idempotencyKey }), {
        inDoubt,
        label: `the step ${step} of ${label}`,
        ...(failures > 0 && !isFatal && { retry: RETRY }),
      })
      return isFatal ? made : made.catch(toFailed)
    }
    case 'post': {
      const { key, ms } = instruction
      const result = await ctx.run(key, tools.post, { label, step: prefix + key, ms }).catch(toFailed)
      return result === FAILED ? result : Number(Object(result.structuredContent).receipt)
    }
    case 'inside': {
      const { key } = instruction
      const args = { label, prefix: `${prefix}${key}/`, program: JSON.stringify(instruction.program) }
      const result = await ctx.run(key, tools.inside, args).catch(toFailed)
      return result === FAILED ? result : (Object(result.structuredContent).values as readonly Value[])
    }
    case 'child': {
      const { key, tool } = instruction
      const args = {
        label: toChildLabel(label, prefix + key),
        prefix: '',
        program: JSON.stringify(instruction.program),
      }
      const result = await ctx.call(tool, args, { key }).catch(toFailed)
      return result === FAILED ? result : (Object(result.structuredContent).values as readonly Value[])
    }
    case 'parallel':
      return Promise.all(instruction.branches.map((branch) => play(stage, branch)))
    case 'sleep':
      await ctx.sleep(instruction.ms, { key: instruction.key })
      return undefined
    case 'elicit': {
      const { key } = instruction
      const reply = await ctx.elicit({ key, message: toQuestion(label, prefix + key), schema: WORD })
      return reply.action === 'accept' ? String(reply.content?.word) : reply.action
    }
    case 'progress':
      ctx.progress(instruction.progress)
      return undefined
  }
}

function toFailed(error: unknown): typeof FAILED {
  if (error instanceof StepError) return FAILED
  throw error
}
