import type { JournalEntry } from '@longhaul/task'
import type { Check } from '../check.ts'
import type { TaskEvidence } from '../evidence.ts'
import { stepsOf } from '../steps.ts'

/** People are asked before, not after. */
export const approval: Check = {
  name: 'approval',
  promise: 'a call that needs an approval is made only after the record that approves it',
  judge: ({ tasks }) => {
    const calls = tasks.flatMap((task) =>
      stepsOf(task.planned).flatMap(({ key, approval }) =>
        approval ? [{ task, key, answer: answerTo(task, approval) }] : [],
      ),
    )
    const denied = calls.filter(({ answer }) => answer && !isApproval(answer))
    return {
      looked: `${calls.length} calls, ${denied.length} of them denied`,
      problems: calls.flatMap(({ task, key, answer }) => {
        const approvedAt = answer && isApproval(answer) ? answer.at : Number.POSITIVE_INFINITY
        const { length: times } = task.effects.filter(({ step, begunAt }) => step === key && begunAt < approvedAt)
        return times > 0
          ? [{ taskId: task.taskId, says: `${task.label} ${key} was done ${times} times unapproved` }]
          : []
      }),
    }
  },
}

const answerTo = ({ journal }: TaskEvidence, approval: string): JournalEntry | undefined =>
  journal.find(({ key, type }) => key === approval && type === 'value')

function isApproval(answer: JournalEntry): boolean {
  const { content } = Object(answer.type === 'value' && answer.value) as { readonly content?: { decision?: string } }
  return content?.decision === 'approve'
}

/** Whether somebody has said no to the call. */
export const isDenied = (task: TaskEvidence, approval: string | undefined): boolean => {
  const answer = approval === undefined ? undefined : answerTo(task, approval)
  return answer !== undefined && !isApproval(answer)
}
