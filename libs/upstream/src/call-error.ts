import type { ErrorMarks } from '@longhaul/task'

/** A call that has no outcome: it reached nobody, or nobody knows what it did. The marks and the message say which. */
export class CallError extends Error implements ErrorMarks {
  override readonly name = 'CallError'
  readonly retryable?: boolean
  readonly isOutcomeUnknown?: boolean

  constructor(message: string, marks: Pick<ErrorMarks, 'retryable' | 'isOutcomeUnknown'>) {
    super(message)
    Object.assign(this, marks)
  }
}
