import { expect, test } from 'vitest'
import { repeat } from './repeat.ts'

test('goes on after a failure, one time after the other, until it is stopped', async () => {
  let running = 0
  let times = 0
  const overlaps: number[] = []
  const errors: unknown[] = []
  const third = Promise.withResolvers<void>()
  const loop = repeat(
    1,
    async () => {
      overlaps.push(running++)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      if (++times === 3) third.resolve()
      if (times === 1) throw new Error('once')
    },
    (error) => errors.push(error),
  )
  await third.promise
  await loop.stop()
  const after = times
  expect(errors).toEqual([new Error('once')])
  expect(new Set(overlaps)).toEqual(new Set([0]))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(times).toBe(after)
})

test('stops when the time that is under way is over, and not before', async () => {
  const begun = Promise.withResolvers<void>()
  const may = Promise.withResolvers<void>()
  let isOver = false
  const loop = repeat(
    0,
    async () => {
      begun.resolve()
      await may.promise
      isOver = true
    },
    () => {},
  )
  await begun.promise
  const stopped = loop.stop()
  may.resolve()
  await stopped
  expect(isOver).toBe(true)
})
