import { isOutcome, type JournalEntry, type OutcomeEntry, type ToolResult } from '@longhaul/task'
import { FAILED, type Instruction, type Program, type Value } from '../project/program.ts'
import { bookKey } from './bookings.ts'
import type { PlannedTask } from './plan.ts'
import { callKey, toLastWords, toWord } from './script.ts'

/** What a task's steps came to, by key. */
export type Outcomes = ReadonlyMap<string, OutcomeEntry>

export function outcomesOf(journal: readonly JournalEntry[]): Outcomes {
  const outcomes = new Map<string, OutcomeEntry>()
  for (const entry of journal) if (isOutcome(entry) && !outcomes.has(entry.key)) outcomes.set(entry.key, entry)
  return outcomes
}

/** What a client must be told of a completed task, computed from what its steps came to: as JSON, or as text. */
export function expectedResult(planned: PlannedTask, outcomes: Outcomes): { values: Value[] } | string | undefined {
  switch (planned.kind) {
    case 'program':
      return { values: valuesOf(planned.program, '', outcomes) }
    case 'agent': {
      const words = planned.script.turns.flatMap((calls, turn) =>
        calls.map((_, place) => {
          const outcome = outcomes.get(callKey(turn, place))
          if (outcome?.type !== 'value') return FAILED
          const { isError, content } = outcome.value as unknown as ToolResult
          return toWord(isError === true, content)
        }),
      )
      return toLastWords(words)
    }
    case 'workflow':
      return { values: planned.bookings.map((_, place) => valuesOfChild(outcomes.get(bookKey(place)))) }
    case 'scripted_agent':
      return 'The calls were made.'
    case 'post':
      return undefined
  }
}

const valuesOf = (program: Program, prefix: string, outcomes: Outcomes): Value[] =>
  program.flatMap((instruction) => {
    const value = valueMadeBy(instruction, prefix, outcomes)
    return value === undefined ? [] : [value]
  })

function valueMadeBy(instruction: Instruction, prefix: string, outcomes: Outcomes): Value | undefined {
  switch (instruction.do) {
    case 'parallel':
      return instruction.branches.map((branch) => valuesOf(branch, prefix, outcomes))
    case 'sleep':
    case 'progress':
      return undefined
    default: {
      const key = prefix + instruction.key
      const outcome = outcomes.get(key)
      if (outcome?.type !== 'value') return FAILED
      if (instruction.do === 'inside') return valuesOf(instruction.program, `${key}/`, outcomes)
      if (instruction.do === 'child') return valuesOfChild(outcome)
      if (instruction.do === 'elicit') return wordOf(outcome.value)
      return receiptOf(outcome)
    }
  }
}

/** That this is what the child came to is judged where the child is. */
const valuesOfChild = (outcome: OutcomeEntry | undefined): Value =>
  outcome?.type === 'value' ? Object(Object(outcome.value).structuredContent).values : FAILED

/** The receipt that a step with an effect came to: alone, or in the result of a tool. */
export function receiptOf(outcome: OutcomeEntry): number {
  if (outcome.type !== 'value') return Number.NaN
  const { structuredContent } = Object(outcome.value) as { structuredContent?: { receipt?: unknown } }
  return Number(structuredContent?.receipt ?? outcome.value)
}

function wordOf(reply: unknown): string {
  const { action, content } = reply as { readonly action: string; readonly content?: { readonly word?: unknown } }
  return action === 'accept' ? String(content?.word) : action
}
