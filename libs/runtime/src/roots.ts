import type { Root, RootsAnswer } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { WaitOptions } from './context.ts'
import { deadlineAfter } from './deadline.ts'
import type { StepIdentity } from './journal.ts'
import { keyOf, type Scope } from './scope.ts'

/** The folders and files that the client lends. */
export async function roots(
  activation: Activation,
  scope: Scope,
  { key, deadlineMs = activation.settings.questionDeadlineMs }: WaitOptions = {},
): Promise<readonly Root[]> {
  const deadline = deadlineAfter(deadlineMs)
  const identity: StepIdentity = { key: keyOf(scope, 'roots', key), kind: 'question', input: '' }
  const answer = (await activation.steps.call(scope, identity, () => {
    if (!activation.audience.roots) throw new Error('The client that submitted the task did not declare roots.')
    activation.steps.open(identity, { wait: 'question', question: { method: 'roots/list' }, deadline })
  })) as unknown as RootsAnswer
  return answer.roots
}
