import { type BudgetRequest, NO_DEADLINE, type QuestionWait } from '@longhaul/task'
import { countedAccounts, toAmountArgs } from './accounts.ts'
import { toWaiterText } from './budget-waiters.ts'
import { taskKeys } from './keys.ts'
import type { ScriptCall } from './scripts.ts'
import type { Spender } from './spend.ts'
import { toWaitValue } from './wait-value.ts'

/** @param known journal records that the claim knows */
export function toAwaitCall(
  { reservation: { step, most }, shortage, wait, question }: BudgetRequest,
  { taskId, head, token, settings }: Spender,
  known: number,
): ScriptCall {
  const { record, waits, events, asking, journal } = taskKeys(taskId)
  const accounts = countedAccounts(taskId, head, settings)
  const place = accounts.findIndex(({ account }) => account?.taskId === shortage.account?.taskId) + 1
  const above = (head.lineage?.ancestors ?? []).map(taskKeys)
  const amounts = toAmountArgs(most)
  const asked =
    question && shortage.account
      ? toAsked({ shortage, wait, question }, head.lineage?.ancestors[0] ?? taskId)
      : undefined
  return {
    script: 'await-budget',
    keys: [
      ...[record, waits, events, asking, journal, ...accounts.flatMap(({ keys }) => keys)],
      ...above.flatMap((keys) => [keys.record, keys.waits]),
    ],
    args: [
      ...[taskId, token, accounts.length, ...accounts.flatMap(({ args }) => args)],
      ...[step, ...amounts, place, shortage.isPassing ? 1 : 0],
      ...[wait.key, toWaitValue(wait), toWaiterText(wait.key, head, amounts)],
      ...[shortage.ask, asked?.key ?? '', asked ? toWaitValue(asked) : '', known],
    ],
  }
}

/** The question as all tasks show it that wait for the answer, and those above them. */
function toAsked(
  {
    shortage: { account, ask, limit },
    wait,
    question,
  }: Required<Pick<BudgetRequest, 'shortage' | 'wait' | 'question'>>,
  root: string,
): QuestionWait {
  const owner = account?.taskId ?? ''
  return {
    wait: 'question',
    key: `${owner === root ? '' : `${owner}/`}budget!${ask}`,
    ...{ kind: 'budget', input: '', at: wait.at, question },
    // Those that wait for the answer give up.
    deadline: NO_DEADLINE,
    raises: { account: owner, ask, limit },
  }
}
