import { createTestHarness } from 'longhaul/testing'
import { expect, test } from 'vitest'
import askLater from './ask-later.ts'

test('asks when the time has come', async () => {
  const harness = await createTestHarness({ tools: [askLater] })
  const task = await harness.submit('ask_later', { what: 'the dishes', minutes: 60 })
  expect(await task.questions()).toEqual([])

  await harness.skip(60 * 60_000)
  expect(await task.questions()).toMatchObject([{ message: 'Is this done? the dishes' }])
  await task.answer({ isDone: true })
  expect(await task.value()).toBe('Done: the dishes')
  await harness.close()
})
