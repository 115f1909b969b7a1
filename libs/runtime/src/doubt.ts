import { decisionForm, type ElicitAnswer, type ElicitQuestion, type InDoubt, type Intent } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { StepIdentity } from './journal.ts'
import type { Scope } from './scope.ts'
import { doubtKey } from './step-key.ts'

/** An attempt that began and whose outcome nobody recorded. */
export interface Doubt {
  readonly intent: Intent
  readonly inDoubt: InDoubt
  readonly label: string
  /** Why nobody knows, which says so itself; by default, that the worker was lost. */
  readonly cause?: string
}

const DECISION = decisionForm([
  { const: 'repeat', title: 'Do it again' },
  { const: 'fail', title: 'Do not do it again; treat it as failed' },
])

/**
 * Resolves when somebody has decided that the step may be done again.
 * @throws Error that says why not: by policy, because nobody can be asked, or by decision
 */
export async function askAboutDoubt(activation: Activation, scope: Scope, doubt: Doubt): Promise<void> {
  const { intent, inDoubt, label, cause } = doubt
  const { key, attempt } = intent
  const what =
    cause ??
    (intent.supposed === undefined
      ? `The worker was lost during ${label}. It may or may not have taken effect.`
      : `The store lost its newest records. They may have said that ${label} was done, and what followed it.`)
  if (inDoubt === 'fail') throw new Error(`${what} It is not done again.`)
  if (!activation.audience.elicitation) throw new Error(`${what} Nobody can be asked whether to do it again.`)
  const question: ElicitQuestion = {
    method: 'elicitation/create',
    message: `${what} Should it be done again? (attempt ${attempt}, idempotency key ${activation.idempotencyKey(key)})`,
    requestedSchema: DECISION,
  }
  const identity: StepIdentity = { key: doubtKey(key, attempt), kind: 'question', input: '' }
  const deadline = Date.now() + activation.settings.questionDeadlineMs
  const reply = (await activation.steps.call(scope, identity, () =>
    activation.steps.open(identity, { wait: 'question', question, deadline }),
  )) as unknown as ElicitAnswer
  if (reply.action !== 'accept' || reply.content?.decision !== 'repeat') {
    // Not `what`: whoever hears of the decision may be another worker, which knows only that there was a doubt.
    throw new Error(`It is not known whether ${label} took effect. It was decided not to do it again.`)
  }
}
