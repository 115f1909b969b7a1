import type { LedgerWrite, Saved, Settings, TaskHead, TaskStore } from '@longhaul/task'
import { countedAccounts, parseShortage, type ShortageReply, toAmountArgs } from './accounts.ts'
import { asksPeople } from './asking.ts'
import { letGoOn } from './budget-waiters.ts'
import { taskKeys } from './keys.ts'
import type { ScriptCall } from './scripts.ts'

/** Who spends. */
export interface Spender {
  readonly taskId: string
  readonly head: TaskHead
  readonly token: string
  readonly settings: Settings
}

/** The last two: for each reservation why it was refused, for each account who waits and finds room. */
export type SpendReply = ['saved', string[], string[], number, ShortageReply[], string[][]]

export const isSpending = ({ settlements = [], reservations = [] }: LedgerWrite): boolean =>
  settlements.length + reservations.length > 0

/** Whether something is reserved for a step of which an attempt is settled. */
export const isForNextAttempt = ({ settlements = [], reservations = [] }: LedgerWrite): boolean =>
  reservations.some(({ step }) => settlements.some((settled) => settled.step === step))

/** @param rest what write() of prelude.lua reads */
export function toSpendCall(
  { waits, settlements = [], reservations = [] }: LedgerWrite,
  { taskId, head, token, settings }: Spender,
  rest: readonly (string | number)[],
): ScriptCall {
  const { record, journal, waits: ownWaits, events, values, asking } = taskKeys(taskId)
  const accounts = countedAccounts(taskId, head, settings)
  return {
    script: 'spend',
    keys: [record, journal, ownWaits, events, values, asking, ...accounts.flatMap(({ keys }) => keys)],
    args: [
      ...[taskId, token, asksPeople(waits, head) ? '1' : '', accounts.length, ...accounts.flatMap(({ args }) => args)],
      ...[settlements.length, ...settlements.flatMap(({ step, spent }) => [step, ...toAmountArgs(spent)])],
      ...[reservations.length, ...reservations.flatMap(({ step, most }) => [step, ...toAmountArgs(most)])],
      ...rest,
    ],
  }
}

/** What came of it; those that wait for room are let go on. */
export async function toSpent(
  [, , , , shortages, waiting]: SpendReply,
  { taskId, head, settings }: Spender,
  store: TaskStore,
): Promise<Required<Pick<Saved, 'shortages' | 'woken'>>> {
  const accounts = countedAccounts(taskId, head, settings)
  return {
    shortages: shortages.map((reply) => parseShortage(reply, accounts)),
    woken: await letGoOn(store, waiting.flat()),
  }
}
