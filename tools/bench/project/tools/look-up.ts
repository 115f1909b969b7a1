import { defineTool } from 'longhaul'
import { z } from 'zod'

const PAGE = 'x'.repeat(1000)

export default defineTool({
  name: 'look_up',
  description: 'A page of one kilobyte.',
  inputSchema: z.object({ note: z.string() }),
  annotations: { readOnlyHint: true },
  execute: () => PAGE,
})
