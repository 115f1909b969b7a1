import {
  type JournalEntry,
  type LedgerWrite,
  NO_DEADLINE,
  type QuestionWait,
  type RelayedWait,
  relayedKey,
  rootOf,
  type Settings,
  type TaskDraft,
  type TaskHead,
} from '@longhaul/task'
import { asksPeople } from './asking.ts'
import { toJournalText, toJournalTexts } from './journal-text.ts'
import { ownerTag, taskKeys } from './keys.ts'
import type { ScriptCall } from './scripts.ts'
import { toWaitValue } from './wait-value.ts'

export interface Branching {
  readonly taskId: string
  readonly head: TaskHead
  readonly token: string
  /** Name of what the store knows of its past. */
  readonly past: string
  readonly settings: Settings
}

/** Whether a write concerns other tasks of the tree: children that are made, or questions that those above show, too. */
export const needsBranch = ({ waits, children = [] }: LedgerWrite, { lineage }: TaskHead): boolean =>
  children.length > 0 || (lineage !== undefined && waits.some(({ wait }) => wait === 'question'))

/** @param rest what write() of prelude.lua reads */
export function toBranchCall(
  { waits, children = [] }: LedgerWrite,
  { taskId, head, token, past, settings }: Branching,
  rest: readonly (string | number)[],
): ScriptCall {
  const { record, journal, waits: ownWaits, events, values, due, open, pins, asking } = taskKeys(taskId)
  const { below } = taskKeys(rootOf({ id: taskId, head }))
  const ancestors = head.lineage?.ancestors ?? []
  const questions = ancestors.length > 0 ? waits.filter((wait) => wait.wait === 'question') : []
  return {
    script: 'branch',
    keys: [
      ...[record, journal, ownWaits, events, values, due, past, open, below, pins, asking],
      ...ancestors.map(taskKeys).flatMap((above) => [above.record, above.waits]),
      ...children.flatMap(({ id }) => {
        const child = taskKeys(id)
        return [child.record, child.journal, child.values]
      }),
    ],
    args: [
      ...[
        taskId,
        token,
        ownerTag(head.owner),
        settings.wakeGraceMs,
        settings.maxTreeTasks,
        asksPeople(waits, head) ? '1' : '',
      ],
      ...[questions.length, ...questions.flatMap((wait) => toRelayArgs(taskId, wait))],
      ...[children.length, ...children.flatMap((draft) => toChildArgs(draft, settings))],
      ...rest,
    ],
  }
}

function toRelayArgs(asker: string, { key: asked, kind, input, at }: QuestionWait): string[] {
  const key = relayedKey(asker, asked)
  const relayed: RelayedWait = { wait: 'relayed', key, kind, input, at, deadline: NO_DEADLINE, asker, asked }
  return [asked, key, toWaitValue(relayed)]
}

function toChildArgs(
  { id, head, args, pin, retried }: TaskDraft,
  { maxTreeTasks, maxInlineBytes }: Settings,
): (string | number)[] {
  const { key = '', input = '' } = head.lineage?.step ?? {}
  const message = `The tree has ${maxTreeTasks} tasks below the one that was submitted, the most there may be (LONGHAUL_MAX_TREE_TASKS).`
  const refusal: JournalEntry = { type: 'error', key, kind: 'child', input, at: Date.now(), error: { message } }
  return [
    ...[key, id, JSON.stringify(head), JSON.stringify(args), head.timeoutMs ?? ''],
    ...[toJournalText(refusal, maxInlineBytes).text, pin?.hash ?? '', pin?.content ?? ''],
    ...(retried ? toRetriedArgs(retried, maxInlineBytes) : ['', '', '']),
  ]
}

function toRetriedArgs({ journal, isBroken }: NonNullable<TaskDraft['retried']>, maxInlineBytes: number): string[] {
  const { records, large } = toJournalTexts(journal, maxInlineBytes)
  return [isBroken ? '1' : '', JSON.stringify(records), JSON.stringify(large)]
}
