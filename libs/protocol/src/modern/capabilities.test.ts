import { expect, test } from 'vitest'
import { toAudience } from '../audience.ts'
import { declaresTasks, requireCapability } from './capabilities.ts'

test.each([
  [{}, { sampling: 'none', elicitation: false }],
  [{ sampling: {} }, { sampling: 'plain', elicitation: false }],
  [
    { sampling: { tools: {} }, elicitation: {} },
    { sampling: 'tools', elicitation: true },
  ],
  [{ elicitation: { form: {}, url: {} } }, { sampling: 'none', elicitation: true, url: true }],
  [
    { elicitation: { url: {} }, roots: {} },
    { sampling: 'none', elicitation: false, url: true, roots: true },
  ],
  [
    { sampling: true, elicitation: 'yes' },
    { sampling: 'none', elicitation: false },
  ],
])('%j can answer %j', (capabilities, audience) => {
  expect(toAudience(capabilities)).toEqual(audience)
})

test.each([
  [{ extensions: { 'io.modelcontextprotocol/tasks': {} } }, true],
  [{ extensions: { 'io.modelcontextprotocol/tasks': true } }, false],
  [{ extensions: {} }, false],
  [{ tasks: { requests: { tools: { call: {} } } } }, false],
  [{}, false],
])('%j takes tasks: %j', (capabilities, takes) => {
  expect(declaresTasks(capabilities)).toBe(takes)
})

test('what is required is an object with all that is inside', () => {
  expect(requireCapability('sampling.tools')).toEqual({ sampling: { tools: {} } })
  expect(requireCapability('sampling')).toEqual({ sampling: {} })
})
