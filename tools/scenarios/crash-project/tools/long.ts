import { setTimeout as delay } from 'node:timers/promises'
import { type Context, defineTool, type StepHandle } from 'longhaul'
import { report } from '../recorder-client.ts'

const worker = process.pid

export const long = defineTool({
  name: 'long',
  description:
    'Writes after short whiles, after a long one, and once more. Says each time that it is run from the top.',
  inputSchema: {
    type: 'object',
    properties: {
      run: { type: 'string' },
      shortCalls: { type: 'number' },
      shortMs: { type: 'number' },
      longMs: { type: 'number' },
    },
    required: ['run', 'shortCalls', 'shortMs', 'longMs'],
  },
  async execute({ run, shortCalls, shortMs, longMs }, ctx) {
    void report({ phase: 'begun', what: `${run}/activation`, worker })
    for (let call = 1; call <= Number(shortCalls); call++)
      await write(ctx, { key: `short-${call}`, run: String(run), afterMs: Number(shortMs) })
    await write(ctx, { key: 'long', run: String(run), afterMs: Number(longMs) })
    await write(ctx, { key: 'last', run: String(run), afterMs: 0 })
    return `${run} is done`
  },
})

interface Writing {
  readonly key: string
  readonly run: string
  readonly afterMs: number
}

/** A step that must not be repeated unasked. One that is stopped before it has written says so. */
function write(ctx: Context, { key, run, afterMs }: Writing): Promise<void> {
  const what = `${run}/${key}`
  const body = async ({ signal, idempotencyKey }: StepHandle) => {
    await report({ phase: 'begun', what, worker })
    try {
      await delay(afterMs, undefined, { signal })
    } catch (error) {
      await report({ phase: 'aborted', what, worker })
      // Its cause is the reason of the signal.
      throw error
    }
    await report({ phase: 'ended', what, worker, key: idempotencyKey })
  }
  return ctx.step(key, body, { inDoubt: 'ask', label: `the writing of ${what}` })
}
