import { type OutcomeEntry, type TaskHead, type TaskStore, toWakeUp, type WakeUp } from '@longhaul/task'

/** A task that waits for a budget. */
export interface BudgetWaiter {
  readonly taskId: string
  readonly step: string
  /** Key of its wait. */
  readonly key: string
  readonly ancestors: readonly string[]
  readonly wants: 'room' | 'raise'
  readonly wakeUp: WakeUp
}

/** As accounts.lua keeps it, but for what the script adds: since when, and for what. */
export const toWaiterText = (key: string, { queue, priority, lineage }: TaskHead, most: readonly number[]): string =>
  JSON.stringify({ key, ancestors: lineage?.ancestors ?? [], queue, priority, most }).slice(0, -1)

/** @param field `w:TASK STEP` */
export function parseWaiter(field: string, value: string): BudgetWaiter {
  const [taskId = '', step = ''] = field.slice(2).split(' ')
  const { key, ancestors, wants, queue, priority } = JSON.parse(value) as Omit<BudgetWaiter, 'wakeUp'> &
    Pick<TaskHead, 'queue' | 'priority'>
  return { taskId, step, key, ancestors, wants, wakeUp: toWakeUp(taskId, { queue, priority }) }
}

/** What the wait for a budget comes to when it is worth trying again. */
export const toGoOn = (key: string): OutcomeEntry => ({
  ...{ type: 'value', key, kind: 'budget', input: '', at: Date.now(), value: { isOver: true } },
})

/** Lets those go on that have waited for room. @param fields field, value, ... @returns the tasks to be woken */
export async function letGoOn(store: TaskStore, fields: readonly string[]): Promise<readonly WakeUp[]> {
  const waiters = fields.flatMap((field, place) =>
    place % 2 === 0 ? [parseWaiter(field, fields[place + 1] ?? '')] : [],
  )
  const answers = await Promise.all(waiters.map(({ taskId, key }) => store.resolve(taskId, toGoOn(key))))
  return waiters.flatMap(({ wakeUp }, place) => (answers[place] === 'wake' ? [wakeUp] : []))
}
