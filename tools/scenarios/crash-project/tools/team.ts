import { setTimeout as delay } from 'node:timers/promises'
import { defineTool } from 'longhaul'
import { z } from 'zod'
import { report } from '../recorder-client.ts'

const worker = process.pid
/** All that these do is in steps: a worker that dies before the first one leaves nobody anything to ask. */
const inDoubt = 'repeat'

export const gather = defineTool({
  name: 'gather',
  description: 'Calls others as tasks of their own, all at once, and gives what they say.',
  inputSchema: z.object({ calls: z.array(z.object({ tool: z.string(), args: z.record(z.string(), z.json()) })) }),
  inDoubt,
  async execute({ calls }, ctx) {
    const results = await Promise.all(calls.map(({ tool, args }) => ctx.call(tool, args)))
    return results.map(({ content }) => content.map((block) => String(block.text)).join()).join('\n')
  },
})

export const member = defineTool({
  name: 'member',
  description: 'Does some pieces of work, one after the other.',
  inputSchema: z.object({ what: z.string(), ms: z.number(), pieces: z.number() }),
  inDoubt,
  async execute({ what, ms, pieces }, ctx) {
    for (let piece = 1; piece <= pieces; piece++) {
      await ctx.step(`piece-${piece}`, async ({ idempotencyKey: key }) => {
        const about = { what: `${what}.${piece}`, worker, key }
        await report({ phase: 'begun', ...about })
        await delay(ms)
        await report({ phase: 'ended', ...about })
      })
    }
    return `${what} is done`
  },
})
