import type { ErrorEntry, FinishedTask, Lineage, Outcome, OutcomeEntry, ToolResult } from '@longhaul/task'

/** What the end of a child is to its parent's journal. */
export function toChildOutcome(task: FinishedTask, { key, input }: Lineage['step']): OutcomeEntry {
  const entry = { key, kind: 'child', input, at: Date.now() } as const
  const { outcome } = task
  if (outcome.kind === 'result' && !outcome.result.isError)
    return { ...entry, type: 'value', value: outcome.result as never }
  const { message, ...rest } = toFailure(outcome)
  const error = { message: `The task ${task.id} of '${task.head.tool}' ${message}`, ...rest, data: { taskId: task.id } }
  return { ...entry, type: 'error', error }
}

function toFailure(outcome: Outcome): ErrorEntry['error'] {
  switch (outcome.kind) {
    case 'cancelled':
      return { message: `was cancelled: ${outcome.reason}` }
    case 'error': {
      const { message, code } = outcome.error
      return { message: `failed: ${message}`, ...(code !== undefined && { code }) }
    }
    case 'result':
      return { message: `failed: ${textOf(outcome.result)}` }
  }
}

const textOf = ({ content }: ToolResult): string =>
  content.flatMap((block) => (block.type === 'text' ? [String(block.text)] : [])).join('\n')
