import { z } from 'zod'

const failure = z.object({
  message: z.string().catch(''),
  type: z.string().optional().catch(undefined),
  code: z.union([z.string(), z.number()]).optional().catch(undefined),
  statusCode: z.number().optional().catch(undefined),
})

/** An answer that began, and did not come to its end. */
export class BrokenStream extends Error {
  /** What the provider calls it, where it said something before it ended. */
  readonly code: string | undefined
  /** The HTTP status that it would have had, as far as is known. */
  readonly status: number | undefined

  /** @param said the error event of the stream; absent where the stream just ended */
  constructor(said?: unknown) {
    const read = failure.safeParse(said)
    const { message, type, code, statusCode } = read.success ? read.data : { message: '' }
    super(message || 'the answer ended before it was complete')
    const word = code ?? type
    this.code = word === undefined ? undefined : String(word)
    const number = Number(code)
    this.status = statusCode ?? (number >= 400 && number < 600 ? number : undefined)
  }
}

/** An answer that is no stream of events, although one was asked for: most likely it is not the provider's. */
export class NoStream extends Error {
  constructor() {
    super('it is no stream of events')
  }
}
