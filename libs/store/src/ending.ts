import type { HandBack, LedgerWrite, Outcome, Settings, TaskHead, Unsettled } from '@longhaul/task'
import { asksPeople } from './asking.ts'
import { ownerTag, taskKeys } from './keys.ts'
import { keepUntil, retentionMs, summarize } from './record.ts'
import type { ScriptCall } from './scripts.ts'

/** Who ends an activation. */
export interface Holder {
  readonly taskId: string
  readonly head: TaskHead
  readonly token: string
  readonly settings: Settings
}

export type Suspension = LedgerWrite & { readonly dueAt: number } & Unsettled
export type Finish = LedgerWrite & { readonly outcome: Outcome; readonly statusMessage?: string } & Unsettled

/** The last argument of each: what write() of prelude.lua reads. */
type Rest = readonly (string | number)[]

export function toSuspendCall(write: Suspension, { taskId, token, head }: Holder, rest: Rest): ScriptCall {
  const { record, journal, waits, events, values, due, asking } = taskKeys(taskId)
  const asks = asksPeople(write.waits, head) ? '1' : ''
  return {
    script: 'suspend',
    keys: [record, journal, waits, events, values, due, asking],
    args: [taskId, token, write.dueAt, write.isInterrupted ? '1' : '', asks, ...rest],
  }
}

export function toFinishCall(write: Finish, { taskId, token, head, settings }: Holder, rest: Rest): ScriptCall {
  const { record, journal, waits, events, values, due, delivery, open } = taskKeys(taskId)
  const { status, isError, message } = summarize(write.outcome, settings)
  return {
    script: 'finish',
    keys: [record, journal, waits, events, values, due, delivery, open],
    args: [
      taskId,
      token,
      status,
      JSON.stringify(write.outcome),
      isError,
      write.statusMessage ?? message,
      keepUntil(head),
      retentionMs(head, settings),
      ownerTag(head.owner),
      write.isInterrupted ? '1' : '',
      settings.wakeGraceMs,
      ...rest,
    ],
  }
}

export function toHandBackCall(write: HandBack, { taskId, token }: Holder, rest: Rest): ScriptCall {
  const { record, journal, waits, events, values, due } = taskKeys(taskId)
  return {
    script: 'hand-back',
    keys: [record, journal, waits, events, values, due],
    args: [taskId, token, write.dueInMs, write.isInterrupted ? '1' : '', write.reason ?? '', ...rest],
  }
}
