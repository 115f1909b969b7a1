import { COUNTED, type JournalEntry, replayLedger } from '@longhaul/task'
import { isUndoKey } from '../bookings.ts'
import type { Check } from '../check.ts'
import type { Evidence, TaskEvidence } from '../evidence.ts'
import { stepsOf } from '../steps.ts'

/** Nobody spends more than was allowed, whoever dies. */
export const budget: Check = {
  name: 'budget',
  promise:
    'after no entry of its ledger a tree has more used and held than it may; at the end nothing is held, and all calls count, those of a workflow once',
  judge: (evidence) => {
    const trees = evidence.tasks.filter(({ planned }) => planned.budget)
    const entries = trees.flatMap((tree) => tree.budget?.ledger ?? [])
    const refused = evidence.tasks.flatMap(({ journal }) => journal.filter(isOutOfBudget))
    return {
      looked: `${trees.length} trees, ${entries.length} entries, ${entries.filter(({ kind }) => kind === 'raise').length} raises, ${refused.length} calls without room`,
      problems: [
        ...trees.flatMap((tree) =>
          problemsOf(tree, evidence).map((says) => ({ taskId: tree.taskId, says: `${tree.label} ${says}` })),
        ),
        ...evidence.tasks.flatMap((task) => {
          const isInTree = trees.some(({ taskId }) => taskId === (task.calledBy?.root ?? task.taskId))
          const has = isInTree ? undefined : task.journal.find(isOutOfBudget)
          return has ? [{ taskId: task.taskId, says: `${task.label} has no room for ${has.key}, and no budget` }] : []
        }),
      ],
    }
  },
}

/** Whether it says that a call was not made, since there was no room for it. */
export const isOutOfBudget = (entry: JournalEntry): boolean =>
  entry.type === 'error' && entry.error.message.startsWith('The budget of this task is used up')

function problemsOf(tree: TaskEvidence, evidence: Evidence): string[] {
  const { planned, budget } = tree
  if (!planned.budget) return []
  const { ledger = [], held, used } = budget ?? {}
  const replay = replayLedger(planned.budget, ledger)
  const made = callsIn(tree, evidence)
  return [
    ...replay.problems,
    ...[...replay.held.keys()].map((key) => `has ended, and its ledger holds something for ${key}`),
    ...COUNTED.filter((what) => held && held[what] !== 0).map((what) => `has ended, and holds ${held?.[what]} ${what}`),
    ...COUNTED.filter((what) => used && used[what] !== replay.used[what]).map(
      (what) => `has used ${used?.[what]} ${what}, and its ledger makes ${replay.used[what]}`,
    ),
    ...(replay.used.toolCalls < made || (replay.used.toolCalls > made && planned.kind === 'workflow')
      ? [`has ${replay.used.toolCalls} calls counted, and has made ${made}`]
      : []),
  ]
}

/** Calls of tools that were made in a tree, as far as the world has seen them. */
function callsIn({ taskId }: TaskEvidence, { tasks }: Evidence): number {
  const inTree = tasks.filter((one) => one.taskId === taskId || one.calledBy?.root === taskId)
  const calls = inTree.flatMap((one) => {
    const tools = new Set(stepsOf(one.planned).flatMap(({ key, kind }) => (kind === 'tool' ? [key] : [])))
    return [...new Set(one.effects.map(({ step }) => step))].filter((step) => tools.has(step))
  })
  // What undoes something is not counted.
  return calls.length + inTree.filter(({ calledBy }) => calledBy && !isUndoKey(calledBy.step)).length
}
