import type { Settings, TaskDraft } from '@longhaul/task'
import { toJournalTexts } from './journal-text.ts'
import { ownerIndexKey, ownerTag, submissionsKey, taskKeys } from './keys.ts'
import { keepUntil, retentionMs, summarize } from './record.ts'
import type { ScriptCall } from './scripts.ts'

export interface Creating {
  /** Name of what the store knows of its past. */
  readonly past: string
  readonly settings: Settings
}

export function toCreateCall(draft: TaskDraft, { past, settings }: Creating): ScriptCall {
  const { id, head, args, session, idempotency, outcome, pin, retried } = draft
  const { record, due, events, waits, delivery, open, journal, values, pins } = taskKeys(id)
  const over = outcome ? summarize(outcome, settings) : undefined
  const starts = head.startAt === undefined ? '' : `It starts at ${new Date(head.startAt).toISOString()}.`
  return {
    script: 'create',
    keys: [
      ...[record, ownerIndexKey(head.owner), due, events, waits, delivery],
      ...[past, submissionsKey(head.owner), open, journal, values, pins],
    ],
    args: [
      id,
      JSON.stringify(head),
      JSON.stringify(args),
      session ?? '',
      head.createdAt,
      settings.wakeGraceMs,
      ownerTag(head.owner),
      // What somebody's task had done is undone, however much else they have at work.
      head.undoOf ? Number.MAX_SAFE_INTEGER : settings.maxOpenTasksPerOwner,
      idempotency?.key ?? '',
      idempotency?.payload ?? '',
      head.startAt ?? '',
      over?.message ?? starts,
      over?.status ?? '',
      outcome ? JSON.stringify(outcome) : '',
      over?.isError ?? '',
      keepUntil(head),
      retentionMs(head, settings),
      head.timeoutMs ?? '',
      head.serves ? '' : '1',
      head.pinned ?? '',
      pin?.content ?? '',
      ...(retried ? toRetryArgs(retried, settings) : []),
    ],
  }
}

function toRetryArgs(
  { journal, isBroken }: NonNullable<TaskDraft['retried']>,
  { maxInlineBytes }: Settings,
): (string | number)[] {
  const { records, large } = toJournalTexts(journal, maxInlineBytes)
  return [isBroken ? '1' : '', records.length, ...records, ...large]
}
