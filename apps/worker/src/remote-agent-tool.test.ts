import { isDestructive } from '@longhaul/task'
import { expect, test } from 'vitest'
import { toAgentTool } from './remote-agent-tool.ts'

test.for([
  [true, { isDestructive: false, inDoubt: 'repeat' }],
  [false, { isDestructive: true, inDoubt: 'ask' }],
] as const)('what a tool says of itself counts where its server is trusted: %s', ([trusted, counts]) => {
  const tool = toAgentTool({
    ...{ name: 'docs__read', inputSchema: { type: 'object' }, trusted },
    annotations: { readOnlyHint: true },
    call: () => Promise.reject(new Error('not called')),
  })
  expect({ isDestructive: isDestructive(tool.annotations), inDoubt: tool.inDoubt }).toEqual(counts)
})
