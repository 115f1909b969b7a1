import { expect, test } from 'vitest'
import { describeEvent } from './render-event.ts'

test.each([
  [{ progress: 2.3210658431, message: 'researcher: turn 1' }, '2.32  researcher: turn 1'],
  [{ progress: 3, total: 5 }, '3/5'],
])('progress is shown with two digits at most: %j', (progress, line) => {
  expect(describeEvent({ type: 'progress', progress, seq: 1, at: 0 })).toBe(line)
})
