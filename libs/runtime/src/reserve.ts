import type { Amounts, Json, Raise, Shortage, Wait } from '@longhaul/task'
import type { Activation } from './activation.ts'
import { askForBudget } from './ask-for-budget.ts'
import { BudgetExhausted } from './budget-limit.ts'
import { deadlineAfter } from './deadline.ts'
import type { StepIdentity } from './journal.ts'
import type { Scope } from './scope.ts'
import { budgetKey } from './step-key.ts'

/** A call, and the most that it may take. */
export interface Spending {
  readonly step: StepIdentity
  readonly most: Amounts
}

/**
 * Reserves the most that a call may take in all budgets that the task is under. Whatever is to be written goes out with it.
 * @returns why there is no room, where there is none
 */
export const reserve = (activation: Activation, { step, most }: Spending): Promise<Shortage | undefined> =>
  activation.atWork.during(activation.writer.reserve({ step: step.key, most }))

/**
 * Resolves when it is worth reserving again: others have needed less than they held, or somebody has raised the budget. As
 * long as it waits for that the task holds nothing.
 * @throws BudgetExhausted when nobody raises it
 */
export async function waitForRoom(
  activation: Activation,
  scope: Scope,
  { step, most, shortage }: Spending & { readonly shortage: Shortage },
): Promise<void> {
  const { journal, settings } = activation
  const { isPassing, account, ask, limit } = shortage
  if (!isPassing && !mayAsk(activation, shortage)) throw new BudgetExhausted(shortage)
  const identity: StepIdentity = {
    ...{ key: budgetKey(step.key, journal.budgetWaits(step.key) + 1), kind: 'budget', input: '' },
  }
  const deadline = deadlineAfter(isPassing ? settings.budgetRetryMs : settings.questionDeadlineMs)
  // What it comes to when nobody has let the task go on before.
  const value: Json = isPassing ? null : { gaveUp: { account: account?.taskId ?? '', ask, limit } }
  const wait = { wait: 'timer', ...identity, at: Date.now(), deadline, value } as const
  const { kind } = await activation.atWork.during(
    activation.writer.awaitBudget({
      ...{ reservation: { step: step.key, most }, shortage, wait },
      ...(!isPassing && { question: askForBudget(shortage) }),
    }),
  )
  if (kind === 'waits') await hear(activation, scope, wait)
}

/** Goes on with what an activation before this one was at, if it waited for room. */
export async function resumeWait(activation: Activation, scope: Scope, step: StepIdentity): Promise<void> {
  const key = budgetKey(step.key, activation.journal.budgetWaits(step.key))
  const wait = activation.journal.wait(key)
  const isNew = activation.calls.heard(key) === undefined
  if (wait?.wait === 'timer' || (activation.journal.outcome(key) && isNew))
    await hear(activation, scope, { key, deadline: 0, ...(wait?.wait === 'timer' && wait) })
}

async function hear(
  activation: Activation,
  scope: Scope,
  { key, deadline, value = null }: Pick<Extract<Wait, { wait: 'timer' }>, 'key' | 'deadline' | 'value'>,
): Promise<void> {
  const identity: StepIdentity = { key, kind: 'budget', input: '' }
  const heard = await activation.steps.call(scope, identity, () =>
    activation.steps.open(identity, { wait: 'timer', deadline, value }),
  )
  const gaveUp = (heard as { readonly gaveUp?: Raise } | null)?.gaveUp
  if (gaveUp) await activation.atWork.during(activation.writer.giveUpAsk(gaveUp))
}

const mayAsk = ({ audience }: Activation, { account, isDeclined }: Shortage): boolean =>
  audience.elicitation && account?.budget.atLimit === 'ask' && !isDeclined

/** Calls `begin` when there is room for a call of which nobody here knows when it ends: at once without a budget. */
export function beginWithin(
  activation: Activation,
  scope: Scope,
  { begin, ...spending }: Spending & { readonly begin: () => void },
): void {
  if (!activation.isBudgeted) {
    begin()
    return
  }
  const { step } = spending
  void (async () => {
    try {
      await resumeWait(activation, scope, step)
      for (;;) {
        const shortage = await reserve(activation, spending)
        if (!shortage) break
        await waitForRoom(activation, scope, { ...spending, shortage })
      }
      begin()
    } catch (error) {
      activation.steps.fail(step, error)
    }
  })()
}
