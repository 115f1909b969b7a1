import type { FinishedTask, Outcome, Progress, Settings, Task, TaskHead, TaskStatus } from '@longhaul/task'

/** Fields of a record that a look at a task reads, in the order in which `parseTask` takes them. */
export const TASK_FIELDS = [
  'head',
  'status',
  'isError',
  'message',
  'updated',
  'removable',
  'progress',
  'seq',
  'session',
  'run',
  'stalled',
  'children',
  'paused',
  'undo',
  'reserved',
  'owed',
  'deaths',
] as const

export function parseTask(id: string, fields: readonly (string | null)[]): Task | undefined {
  const [head, status, isError, message, updated, removable, progress, seq, session, ...rest] = fields
  const [run, stalled, children, paused, undo, reserved, owed, deaths] = rest
  if (!head) return undefined
  const statusMessage = whyNobodyGoesOn({ run, stalled, paused }) ?? message
  return {
    id,
    head: JSON.parse(head) as TaskHead,
    status: status as TaskStatus,
    isError: isError === '1',
    ...(statusMessage && { statusMessage }),
    updatedAt: Number(updated),
    ...(removable && { removableAt: Number(removable) }),
    ...(progress && { progress: JSON.parse(progress) as Progress }),
    seq: Number(seq),
    ...(session && { session }),
    ...(Number(deaths) > 0 && { deaths: Number(deaths) }),
    ...(run === 'waiting' && { isSuspended: true }),
    ...(paused && { pausedAt: Number(paused) }),
    ...(children && { hasCalled: true }),
    ...(undo && { hasUndo: true }),
    ...(reserved && { hasReserved: true }),
    ...(owed && { isOwing: true }),
  }
}

/** Whatever was said on the way is of no interest then. */
function whyNobodyGoesOn({
  run,
  stalled,
  paused,
}: Readonly<Record<'run' | 'stalled' | 'paused', string | null | undefined>>): string | undefined {
  if (paused && run === 'running') return 'It was paused, and stops at its next step.'
  if (paused) return `Paused since ${new Date(Number(paused)).toISOString()}. It goes on when it is resumed.`
  return run === 'ready' && stalled ? stalled : undefined
}

export function parseFinished(id: string, fields: readonly (string | null)[]): Task | FinishedTask | undefined {
  const task = parseTask(id, fields)
  const outcome = fields[TASK_FIELDS.length]
  return task && outcome ? { ...task, outcome: JSON.parse(outcome) as Outcome } : task
}

/** What a record says of an outcome without parsing it. */
export function summarize(
  outcome: Outcome,
  settings: MessageLimit,
): { status: TaskStatus; isError: '' | '1'; message: string } {
  switch (outcome.kind) {
    case 'result': {
      const isError = outcome.result.isError === true
      return { status: 'completed', isError: isError ? '1' : '', message: isError ? firstText(outcome, settings) : '' }
    }
    case 'error':
      return { status: 'failed', isError: '', message: shorten(outcome.error.message, settings) }
    case 'cancelled':
      return { status: 'cancelled', isError: '', message: shorten(outcome.reason, settings) }
  }
}

/** Unix ms until which a task is kept at least: one that another one called as long as the root of its tree. */
export const keepUntil = ({ createdAt, ttlMs, lineage }: TaskHead): number => (lineage ? 0 : createdAt + ttlMs)

/** Milliseconds that a task is kept at least, from its end. */
export const retentionMs = ({ serves }: TaskHead, settings: Settings): number =>
  serves ? settings.servedRetentionMs : settings.resultRetentionMs

type MessageLimit = Pick<Settings, 'maxStatusMessageCharacters'>

/** A status message as it is kept: every look at the task, and every row of a list, carries it. */
export const shorten = (message: string, { maxStatusMessageCharacters }: MessageLimit): string =>
  message.slice(0, maxStatusMessageCharacters)

function firstText(outcome: Extract<Outcome, { kind: 'result' }>, settings: MessageLimit): string {
  const block = outcome.result.content.find((content) => content.type === 'text')
  return block?.type === 'text' ? shorten(String(block.text), settings) : 'The tool reported an error.'
}
