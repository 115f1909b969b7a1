import type { JournalEntry, OutcomeEntry } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { Journal } from './journal.ts'

const base = { kind: 'step', input: '', at: 0 } as const
const intent = (key: string): JournalEntry => ({ ...base, key, type: 'intent', attempt: 1 })
/** An outcome that others appended. */
const theirs = (key: string, value = 0): OutcomeEntry => ({ ...base, key, type: 'value', value })
/** An outcome with which an activation went on when it knew `seen` records. */
const ours = (key: string, seen: number): OutcomeEntry => ({ ...theirs(key), seen })

const order = (entries: readonly JournalEntry[]): string[] => {
  const journal = new Journal(entries, [])
  const keys = [...new Set(entries.flatMap((entry) => (entry.type === 'intent' ? [] : [entry.key])))]
  return keys.sort((a, b) => (journal.outcome(a)?.order ?? -1) - (journal.outcome(b)?.order ?? -1))
}

describe('outcomes are in the order in which code heard of them', () => {
  test.each<[string, JournalEntry[], string[]]>([
    ['that of the journal', [ours('a', 0), ours('b', 1), theirs('q'), ours('c', 3)], ['a', 'b', 'q', 'c']],
    ['before what slipped in while they were unsaved', [theirs('q'), ours('a', 0), ours('b', 0)], ['a', 'b', 'q']],
    [
      'between what came with two writes',
      // q1 came back with the write of a; b was heard before, c after it; q2 came back with the write of b and c.
      [theirs('q1'), ours('a', 0), theirs('q2'), ours('b', 0), ours('c', 2)],
      ['a', 'b', 'q1', 'c', 'q2'],
    ],
    ['with intents, which nobody hears', [intent('a'), theirs('q'), intent('b'), ours('a', 1)], ['a', 'q']],
  ])('%s', (_, entries, expected) => {
    expect(order(entries)).toEqual(expected)
  })

  test('and the first one of a key counts', () => {
    const journal = new Journal([theirs('a', 1), theirs('a', 2)], [])
    expect(journal.outcome('a')?.entry).toMatchObject({ value: 1 })
    expect(journal.add(theirs('a', 3))).toBeUndefined()
    expect(journal.outcome('a')?.entry).toMatchObject({ value: 1 })
    expect(journal.length).toBe(3)
  })
})

describe('a scope has left a trace', () => {
  const traces = (...entries: JournalEntry[]) => {
    const journal = new Journal(entries, [])
    return ['', 'a/', 'a/b/'].filter((prefix) => journal.hasTrace(prefix))
  }

  test('when anything in it was recorded', () => {
    expect(traces()).toEqual([])
    expect(traces(theirs('x'))).toEqual([''])
    expect(traces(intent('a'))).toEqual([''])
    expect(traces(intent('a/x'))).toEqual(['', 'a/'])
    expect(traces(theirs('a/b/x'))).toEqual(['', 'a/', 'a/b/'])
    expect(traces(theirs('ab/x'))).toEqual([''])
  })

  test('but not by what is recorded about its own call', () => {
    expect(traces(intent('!run'), theirs('!run!1'))).toEqual([])
    expect(traces(intent('a'), theirs('a!1'), intent('a'))).toEqual([''])
  })
})
