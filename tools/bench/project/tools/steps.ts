import { defineTool } from 'longhaul'
import { z } from 'zod'

const define = (name: string, inDoubt: 'repeat' | 'ask' | 'fail') =>
  defineTool({
    name,
    description: 'Five steps that do nothing.',
    inputSchema: z.object({}),
    inDoubt,
    async execute(_args, ctx) {
      for (let step = 1; step <= 5; step++) await ctx.step(`s${step}`, () => ({ isDone: true }), { inDoubt })
      return 'done'
    },
  })

export const repeatable = define('five_steps', 'repeat')
export const asking = define('five_steps_asking', 'ask')
export const failing = define('five_steps_failing', 'fail')
