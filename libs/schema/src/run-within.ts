import { Script } from 'node:vm'

/** What did not come to its end in time. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong'
}

/** What the script below runs, which has no other way to it. */
const WORK = Symbol.for('longhaul: work within a time')
const shared = globalThis as { [WORK]?: () => unknown }
const script = new Script(`globalThis[Symbol.for('${WORK.description}')]()`)

/**
 * Runs something that may never end, such as a regular expression, and breaks it off: that takes a thread that watches, which
 * costs a tenth of a millisecond. It is not to be called within itself.
 * @throws TookTooLong; whatever the work throws
 */
export function runWithin<T>(ms: number, work: () => T): T {
  shared[WORK] = work
  try {
    return script.runInThisContext({ timeout: ms }) as T
  } catch (error) {
    if (Object(error).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new TookTooLong(`it takes more than ${ms} ms`, { cause: error })
  } finally {
    delete shared[WORK]
  }
}
