import { isDeepStrictEqual } from 'node:util'
import type { ToolResult } from '@longhaul/task'
import type { Check } from '../check.ts'
import { claimsOf } from '../claims.ts'
import { isElder } from '../elders.ts'
import type { TaskEvidence } from '../evidence.ts'
import { expectedResult, outcomesOf } from '../expected-result.ts'
import { stepsOf } from '../steps.ts'
import { isKept } from './undo.ts'

/** Losses in a row after which a task fails, by default. */
const MAX_DEATHS = 5

/** What a client is told is what its steps came to. */
export const result: Check = {
  name: 'result',
  promise: "each result is what the program makes of its steps' values, and what its client was told",
  judge: ({ tasks }) => ({
    looked: `${tasks.filter(({ status }) => status === 'completed').length} results`,
    problems: tasks.flatMap((task) =>
      problemsOf(task).map((says) => ({ taskId: task.taskId, says: `${task.label} ${says}` })),
    ),
  }),
}

function problemsOf(task: TaskEvidence): string[] {
  const { outcome, seen, calledBy, follows } = task
  // What undoes comes to what it says, and is judged by what it did.
  if (follows?.how === 'undo' && outcome?.kind === 'result') return []
  if (outcome === undefined || outcome.kind === 'cancelled') return []
  if (outcome.kind === 'error') return problemsOfError(task, outcome.error.message)
  const told = seen.told?.result as ToolResult | undefined
  const isTold = calledBy !== undefined || isDeepStrictEqual(told?.content, outcome.result.content)
  const problems = isTold ? [] : [`came to ${words(outcome.result)}, and its client was told ${words(told)}`]
  return [
    ...problems,
    ...(outcome.result.isError ? problemsOfFailure(task, outcome.result) : fit(task, outcome.result)),
  ]
}

/** What workers keep dying with fails, what may not go on with other code, and nothing else does. */
function problemsOfError(task: TaskEvidence, message: string): string[] {
  if (message.startsWith('code_changed') && isElder(task.planned)) return []
  if (!message.startsWith('worker_lost')) return [`failed: ${message}`]
  const last = claimsOf(task).slice(-MAX_DEATHS)
  const areLost = last.length === MAX_DEATHS && last.slice(0, -1).every(({ letGoAt }) => letGoAt === undefined)
  return areLost ? [] : [`failed before ${MAX_DEATHS} workers in a row were lost with it: ${message}`]
}

/** A task fails only where it was not to be begun again, or with a step that does, and a workflow where its bookings are not kept. */
function problemsOfFailure({ planned, journal }: TaskEvidence, failed: ToolResult): string[] {
  if (planned.kind === 'workflow' && !isKept({ planned, journal })) return []
  const fatal = new Set(stepsOf(planned).flatMap(({ key, isFatal }) => (isFatal ? [key] : [])))
  if (journal.some(({ type, key }) => type === 'error' && fatal.has(key))) return []
  const isRefused = journal.some(
    (entry) =>
      entry.type === 'value' && entry.key.startsWith('!run!') && !JSON.stringify(entry.value).includes('repeat'),
  )
  return isRefused ? [] : [`failed: ${words(failed)}`]
}

function fit({ planned, journal, effects }: TaskEvidence, { content, structuredContent }: ToolResult): string[] {
  const expected = expectedResult(planned, outcomesOf(journal))
  // What was said to an agent comes after it.
  const got = typeof expected === 'string' ? String(content[0]?.text).split('\n')[0] : structuredContent
  if (expected === undefined) {
    const isReal = effects.some(({ receipt, step }) => receipt === Object(structuredContent).receipt && step === '!run')
    return isReal ? [] : [`came to ${words(structuredContent)}, for which there is no effect`]
  }
  return isDeepStrictEqual(got, expected) ? [] : [`came to ${words(got)}, and its journal makes ${words(expected)}`]
}

const words = (value: unknown): string => JSON.stringify(value) ?? 'nothing'
