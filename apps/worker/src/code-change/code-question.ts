import {
  codeQuestionKey,
  decisionForm,
  type ElicitAnswer,
  isAboutCode,
  isOutcome,
  type JournalEntry,
  type QuestionWait,
  type Wait,
} from '@longhaul/task'

/** What is to be decided about a task. */
export interface Change {
  readonly tool: string
  /** The version with which the task has got as far as it is, and the one that there is. */
  readonly from: string
  readonly to: string
}

const DECISION = decisionForm([
  { const: 'continue', title: 'Go on with the new version' },
  { const: 'end', title: 'End the task' },
])

export const describeChange = ({ tool, from, to }: Change): string =>
  `The tool '${tool}' has changed under this task: it began with version '${from}', which no worker has any more, and ` +
  `there is version '${to}' now.`

/** How the question whether to go on stands. Its `input` says to which version. */
export type Asked =
  | { readonly kind: 'open'; readonly wait: QuestionWait }
  | { readonly kind: 'decided'; readonly decision: 'continue' | 'end' }
  | { readonly kind: 'unanswered' }
  /** Nobody was asked about this version. `nth`: of the question that should be. */
  | { readonly kind: 'not_asked'; readonly nth: number }

export function readAsked(journal: readonly JournalEntry[], waits: readonly Wait[], { to }: Change): Asked {
  const answered = journal
    .filter((entry) => isOutcome(entry))
    .filter((entry) => isAboutCode(entry) && entry.kind === 'question')
  const open = openQuestion(waits)
  const nth = answered.length + 1
  if (open) return open.input === to ? { kind: 'open', wait: open } : { kind: 'not_asked', nth: nth + 1 }
  const last = answered.at(-1)
  // One that was withdrawn has no value.
  if (last?.input !== to || (last.type === 'value' && last.value === null)) return { kind: 'not_asked', nth }
  if (last.type === 'error') return { kind: 'unanswered' }
  const { action, content } = last.value as unknown as ElicitAnswer
  return { kind: 'decided', decision: action === 'accept' && content?.decision === 'continue' ? 'continue' : 'end' }
}

/** The question about its code that a task waits for. */
export const openQuestion = (waits: readonly Wait[]): QuestionWait | undefined =>
  waits.find((wait): wait is QuestionWait => isAboutCode(wait) && wait.wait === 'question')

export const toQuestion = (change: Change, nth: number, deadline: number): QuestionWait => ({
  wait: 'question',
  key: codeQuestionKey(nth),
  kind: 'question',
  input: change.to,
  at: Date.now(),
  deadline,
  question: {
    method: 'elicitation/create',
    message: `${describeChange(change)} Should it go on with that?`,
    requestedSchema: DECISION,
  },
})
