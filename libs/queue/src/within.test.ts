import { expect, test } from 'vitest'
import { within } from './within.ts'

test('is what the promise comes to in time', async () => {
  expect(await within(10_000, 'too late', Promise.resolve(7))).toBe(7)
  await expect(within(10_000, 'too late', Promise.reject(new Error('no')))).rejects.toThrow('no')
})

test('is an error when the time is over, whatever comes later', async () => {
  const late = Promise.withResolvers<void>()
  await expect(within(1, 'too late', late.promise)).rejects.toThrow('too late')
  late.reject(new Error('nobody hears this'))
})
