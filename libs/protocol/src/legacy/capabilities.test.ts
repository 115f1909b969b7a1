import { expect, test } from 'vitest'
import { toAudience, toServerCapabilities } from './capabilities.ts'
import { featuresOf } from './version.ts'

const NOVEMBER = featuresOf('2025-11-25')
const JUNE = featuresOf('2025-06-18')
const MARCH = featuresOf('2025-03-26')

const ALWAYS = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  logging: {},
}

test('promises tasks and completions only where the revision has them', () => {
  expect(toServerCapabilities(NOVEMBER)).toEqual({
    ...ALWAYS,
    completions: {},
    tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
  })
  expect(toServerCapabilities(JUNE)).toEqual({ ...ALWAYS, completions: {} })
  expect(toServerCapabilities(MARCH)).toEqual({ ...ALWAYS, completions: {} })
  expect(toServerCapabilities(featuresOf('2024-11-05'))).toEqual(ALWAYS)
})

test.each([
  [{}, NOVEMBER, { sampling: 'none', elicitation: false }],
  [{ sampling: {} }, NOVEMBER, { sampling: 'plain', elicitation: false }],
  [{ sampling: { tools: {} } }, NOVEMBER, { sampling: 'tools', elicitation: false }],
  [{ sampling: { context: {} } }, NOVEMBER, { sampling: 'plain', elicitation: false }],
  [{ sampling: { tools: true } }, NOVEMBER, { sampling: 'plain', elicitation: false }],
  [{ sampling: { tools: {} } }, JUNE, { sampling: 'plain', elicitation: false }],
  [{ sampling: true }, NOVEMBER, { sampling: 'none', elicitation: false }],
  [{ sampling: [] }, NOVEMBER, { sampling: 'none', elicitation: false }],
  [{ elicitation: {} }, NOVEMBER, { sampling: 'none', elicitation: true }],
  [{ elicitation: { form: {} } }, NOVEMBER, { sampling: 'none', elicitation: true }],
  [{ elicitation: { url: {} } }, NOVEMBER, { sampling: 'none', elicitation: false, url: true }],
  [{ elicitation: { url: {} } }, JUNE, { sampling: 'none', elicitation: false }],
  [{ elicitation: { form: {}, url: {} } }, NOVEMBER, { sampling: 'none', elicitation: true, url: true }],
  [{ elicitation: {} }, JUNE, { sampling: 'none', elicitation: true }],
  [{ elicitation: {} }, MARCH, { sampling: 'none', elicitation: false }],
  [{ tasks: {}, roots: {} }, NOVEMBER, { sampling: 'none', elicitation: false, roots: true }],
])('a client that declares %j can answer accordingly', (capabilities, features, audience) => {
  expect(toAudience(capabilities as never, features)).toEqual(audience)
})
