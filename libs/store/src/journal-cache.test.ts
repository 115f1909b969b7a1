import { expect, test } from 'vitest'
import { JournalCache } from './journal-cache.ts'
import { JournalCopy } from './journal-copy.ts'

/** A task of which so many bytes are known. */
function known(bytes: number) {
  const journal = new JournalCopy()
  journal.append(['x'.repeat(bytes - 4)], [])
  return { head: '{}', args: '{}', journal }
}

test('forgets the tasks of the longest ago when there are too many bytes', () => {
  const cache = new JournalCache(300)
  const [a, b, c] = [known(100), known(100), known(100)]
  cache.keep('a', a)
  cache.keep('b', b)
  cache.keep('c', c)
  cache.keep('a', a)
  cache.keep('d', known(150))
  expect(cache.bytes).toBe(250)
  expect(['a', 'b', 'c', 'd'].filter((id) => cache.get(id))).toEqual(['a', 'd'])
})

test('counts a task that has grown once, and not at all when it is forgotten', () => {
  const cache = new JournalCache(300)
  const task = known(100)
  cache.keep('a', task)
  task.journal.append(['ä'], [['hash', '"value"']])
  cache.keep('a', task)
  expect(cache.bytes).toBe(109)
  cache.forget('a')
  cache.forget('a')
  expect(cache.bytes).toBe(0)
})

test('does not keep a task that is too large, and forgets what it knew of it', () => {
  const cache = new JournalCache(300)
  cache.keep('a', known(100))
  cache.keep('b', known(100))
  cache.keep('a', known(301))
  expect(cache.get('a')).toBeUndefined()
  expect(cache.get('b')).toBeDefined()
  expect(cache.bytes).toBe(100)
})
