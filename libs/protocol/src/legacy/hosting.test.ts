import { expect, test } from 'vitest'
import { toHosting } from './hosting.ts'
import { featuresOf } from './version.ts'

const NOW = featuresOf('2025-11-25')
const requests = { sampling: { createMessage: {} }, elicitation: { create: {} } }

test('a client keeps what it declares, and what can be cancelled is', () => {
  expect(toHosting({ tasks: { requests, cancel: {} } }, NOW)).toEqual({
    methods: new Set(['sampling/createMessage', 'elicitation/create']),
    isCancellable: true,
  })
  expect(toHosting({ tasks: { requests: { elicitation: requests.elicitation } } }, NOW)).toEqual({
    methods: new Set(['elicitation/create']),
    isCancellable: false,
  })
})

test.each([{}, { tasks: true }, { tasks: { requests: { sampling: true, elicitation: { create: false } } } }])(
  'a client that declares %j keeps nothing',
  (capabilities) => expect(toHosting(capabilities, NOW)).toBeUndefined(),
)

test('a client of an older revision keeps nothing, whatever it declares', () => {
  expect(toHosting({ tasks: { requests } }, featuresOf('2025-06-18'))).toBeUndefined()
})
