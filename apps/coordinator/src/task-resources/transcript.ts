import {
  type JournalEntry,
  type LeftOut,
  type ModelAnswer,
  renderWhole,
  type Spending,
  sumSpending,
} from '@longhaul/task'

export interface Transcript extends Spending {
  readonly taskId: string
  readonly messages: readonly object[]
  /** Place of the first of these messages in the conversation, where there are others before it. */
  readonly first?: number
  /** Where those can be read. */
  readonly earlier?: string
  /** What of the conversation its model does not see any more, in places of its messages. */
  readonly leftOut?: readonly LeftOut[]
}

interface TranscriptParts {
  readonly taskId: string
  readonly journal: readonly JournalEntry[]
  /** Only messages before this one. */
  readonly before?: number
  /** Most bytes of JSON of the messages; at least one is there. */
  readonly mostBytes: number
}

/**
 * The whole conversation that the newest model step continued, with its answer, and what all model steps took. Of one
 * that is too large the newest messages, and where the others are.
 */
export function toTranscript({ taskId, journal, before, mostBytes }: TranscriptParts): Transcript {
  const turns = journal.flatMap((entry) => (entry.type === 'value' && entry.said ? { ...entry, said: entry.said } : []))
  const answers = turns.map(({ value }) => value as unknown as ModelAnswer)
  const newest = turns.findLast(({ said }) => !said.messages.some((part) => 'recap' in part))
  if (!newest) return { taskId, messages: [] }
  const { role, content } = Object(newest.value)
  const { messages, leftOut } = renderWhole(newest.said, { taskId, journal })
  const asked = [...messages, { role, content }].slice(0, before)
  const first = firstOfNewest(asked, mostBytes)
  return {
    taskId,
    messages: asked.slice(first),
    ...(first > 0 && { first, earlier: `longhaul://tasks/${taskId}/transcript/${first}` }),
    ...(leftOut.length > 0 && { leftOut }),
    ...sumSpending(answers),
  }
}

/** Where the newest messages begin that have no more bytes. */
function firstOfNewest(messages: readonly object[], mostBytes: number): number {
  let bytes = 0
  const last = messages.length - 1
  for (let place = last; place >= 0; place--) {
    bytes += Buffer.byteLength(JSON.stringify(messages[place])) + 1
    if (bytes > mostBytes && place < last) return place + 1
  }
  return 0
}
