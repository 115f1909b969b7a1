import { defineTool } from 'longhaul'
import { report } from '../recorder-client.ts'

const worker = process.pid

export const wait = defineTool({
  name: 'wait',
  description: 'Waits until its signal aborts.',
  inputSchema: { type: 'object', properties: { what: { type: 'string' } }, required: ['what'] },
  async execute({ what }, ctx) {
    const aborted = new Promise<void>((resolve) => {
      ctx.signal.addEventListener('abort', () => {
        void report({ phase: 'aborted', what: String(what), worker, at: Date.now() })
        resolve()
      })
    })
    await report({ phase: 'begun', what: String(what), worker })
    await aborted
    return 'the signal aborted'
  },
})

export const busy = defineTool({
  name: 'busy',
  description: 'Takes one small step after the other until it is cancelled.',
  inputSchema: {
    type: 'object',
    properties: { what: { type: 'string' }, everyMs: { type: 'number' } },
    required: ['what', 'everyMs'],
  },
  async execute({ what, everyMs }, ctx) {
    await report({ phase: 'begun', what: String(what), worker })
    for (let place = 1; ; place++) {
      await ctx.step(`${place}`, () => new Promise((resolve) => setTimeout(resolve, Number(everyMs))))
    }
  },
})
