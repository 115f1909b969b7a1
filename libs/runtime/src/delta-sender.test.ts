import type { Delta } from '@longhaul/task'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DeltaSender } from './delta-sender.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

function open() {
  const sent: Delta[] = []
  const taken: (() => void)[] = []
  const ledger = {
    delta: async (delta: Delta) => {
      sent.push(delta)
      await new Promise<void>((resolve) => taken.push(resolve))
    },
  }
  const sender = new DeltaSender({ ledger, step: 'm1', attempt: 2, intervalMs: 100 })
  const say = (text: string, kind: Delta['kind'] = 'text', model = 'a/b') => sender.add({ model, kind, text })
  /** Lets the store take what was sent. */
  const take = async () => {
    for (const resolve of taken.splice(0)) resolve()
    await vi.advanceTimersByTimeAsync(0)
  }
  return { sent, sender, say, take }
}

test('sends at once what comes first, then what has come meanwhile', async () => {
  const { sent, say, take } = open()
  say('It ')
  await vi.advanceTimersByTimeAsync(0)
  await take()
  say('is ')
  say('sunny')
  await vi.advanceTimersByTimeAsync(99)
  expect(sent.map(({ text }) => text)).toEqual(['It '])
  await vi.advanceTimersByTimeAsync(1)
  expect(sent).toEqual([
    { step: 'm1', attempt: 2, model: 'a/b', kind: 'text', offset: 0, text: 'It ' },
    { step: 'm1', attempt: 2, model: 'a/b', kind: 'text', offset: 3, text: 'is sunny' },
  ])
})

test('sends nothing while the store has not taken the last', async () => {
  const { sent, say, take } = open()
  say('a')
  await vi.advanceTimersByTimeAsync(0)
  for (const text of 'bcdef') {
    say(text)
    await vi.advanceTimersByTimeAsync(1000)
  }
  expect(sent).toHaveLength(1)
  await take()
  expect(sent.map(({ text }) => text)).toEqual(['a', 'bcdef'])
})

test('tells thinking from text, each with its place', async () => {
  const { sent, say } = open()
  say('Hm', 'thinking')
  say('Su')
  say('nny')
  say('.', 'thinking')
  await vi.advanceTimersByTimeAsync(0)
  expect(sent.map(({ kind, offset, text }) => [kind, offset, text])).toEqual([
    ['thinking', 0, 'Hm'],
    ['text', 0, 'Sunny'],
    ['thinking', 2, '.'],
  ])
})

test('begins anew with another model', async () => {
  const { sent, say } = open()
  say('Su')
  say('Rain', 'text', 'c/d')
  await vi.advanceTimersByTimeAsync(0)
  expect(sent.map(({ model, offset, text }) => [model, offset, text])).toEqual([
    ['a/b', 0, 'Su'],
    ['c/d', 0, 'Rain'],
  ])
})

test('sends what is left at the end, and leaves no timer', async () => {
  const { sent, sender, say, take } = open()
  say('a')
  await vi.advanceTimersByTimeAsync(0)
  say('b')
  sender.end()
  await take()
  say('c')
  await vi.advanceTimersByTimeAsync(1000)
  expect(sent.map(({ text }) => text)).toEqual(['a', 'b'])
  expect(vi.getTimerCount()).toBe(0)
})
