import { describe, expect, test } from 'vitest'
import { goodRecords, toRetried } from './good-records.ts'
import type { JournalEntry } from './journal.ts'
import type { Outcome } from './outcome.ts'
import type { TaskHead } from './task.ts'

const base = { kind: 'step', input: '', at: 1 } as const
const ok = (key: string, seen?: number): JournalEntry => ({
  type: 'value',
  key,
  ...base,
  value: 1,
  ...(seen !== undefined && { seen }),
})
const bad = (key: string): JournalEntry => ({ type: 'error', key, ...base, error: { message: 'no' } })
const intent = (key: string, attempt = 1): JournalEntry => ({ type: 'intent', key, ...base, attempt })

const failed = (...failedSteps: string[]): Outcome => ({
  kind: 'result',
  result: { content: [], isError: true },
  ...(failedSteps.length > 0 && { failedSteps }),
})
/** What is kept, as `key`, and `key?` for what is not an outcome. */
const keptOf = (journal: readonly JournalEntry[], outcome: Outcome, isBroken = false) =>
  goodRecords(journal, { outcome, isBroken }).map(({ key, type }) =>
    type === 'value' || type === 'error' ? key : `${key}?`,
  )

describe('of a task that its code ended', () => {
  test('the failed step goes, with all that was heard after it', () => {
    expect(keptOf([ok('a'), bad('b'), ok('c')], failed('b'))).toEqual(['a'])
  })

  test('of several failed steps the first one heard counts', () => {
    expect(keptOf([ok('a'), bad('b'), ok('c'), bad('d')], failed('d', 'b'))).toEqual(['a'])
  })

  test('without a named step the failures at the end go', () => {
    expect(keptOf([bad('a'), ok('b'), bad('c'), bad('d')], failed())).toEqual(['a', 'b'])
    expect(keptOf([bad('a'), ok('b')], failed())).toEqual(['a', 'b'])
    expect(keptOf([], failed())).toEqual([])
  })

  test('a failure that the code got over stays', () => {
    expect(keptOf([bad('a'), ok('b'), bad('c')], failed('c'))).toEqual(['a', 'b'])
  })

  test('a step that is named and did not fail, or is not there, changes nothing', () => {
    expect(keptOf([ok('a'), ok('b')], failed('a'))).toEqual(['a', 'b'])
    expect(keptOf([ok('a')], failed('z'))).toEqual(['a'])
  })

  test('the failure inside of a tool goes with that of its call, however deep', () => {
    const journal = [ok('a'), ok('run/x'), bad('run/in/y'), ok('b'), bad('run/in'), bad('run')]
    expect(keptOf(journal, failed('run'))).toEqual(['a', 'run/x'])
  })

  test('a failure inside of a tool that the tool got over stays', () => {
    expect(keptOf([bad('run/x'), ok('run/y'), bad('run')], failed('run'))).toEqual(['run/x', 'run/y'])
  })

  test('attempts at a failed step are forgotten with the questions about them, others are in doubt', () => {
    const journal = [
      intent('a'),
      ok('a'),
      intent('b'),
      ok('b!1'),
      intent('b', 2),
      intent('c'),
      bad('b'),
      ok('c'),
      intent('d'),
    ]
    expect(keptOf(journal, failed('b'))).toEqual(['a?', 'a', 'c?', 'd?'])
  })

  test('pauses between attempts go with the step that failed after all, and are no success', () => {
    const pause = (key: string): JournalEntry => ({ ...ok(key), kind: 'retry' }) as JournalEntry
    const journal = [pause('a!r1'), ok('a'), pause('b!r1'), pause('c!r1'), bad('b'), pause('c!r2'), bad('c')]
    expect(keptOf(journal, failed())).toEqual(['a!r1', 'a'])
  })

  test('an error that is no result is the same', () => {
    const outcome: Outcome = { kind: 'error', error: { message: 'no' }, failedSteps: ['b'] }
    expect(keptOf([ok('a'), bad('b')], outcome)).toEqual(['a'])
  })
})

describe('of a task whose code did not fit its journal', () => {
  const misfit = (key: string): Outcome => ({ kind: 'error', error: { message: 'no' }, misfit: key })

  test('what it did not fit goes, with its attempts and all that was heard after it', () => {
    expect(keptOf([ok('a'), intent('b'), ok('b'), bad('c'), ok('d')], misfit('b'))).toEqual(['a'])
  })

  test('what has no outcome yet goes alone, and attempts at others stay in doubt', () => {
    expect(keptOf([ok('a'), intent('b'), intent('c'), ok('d')], misfit('b'))).toEqual(['a', 'c?', 'd'])
    expect(keptOf([ok('a'), bad('b')], misfit('question'))).toEqual(['a', 'b'])
  })
})

test('a task that was ended from outside keeps all, its failures too', () => {
  const journal = [intent('a'), ok('a'), intent('b'), bad('c')]
  expect(keptOf(journal, { kind: 'cancelled', reason: 'no' })).toEqual(['a?', 'a', 'b?', 'c'])
  expect(keptOf(journal, { kind: 'error', error: { message: 'worker_lost' } }, true)).toEqual(['a?', 'a', 'b?', 'c'])
})

test('records come in the order in which they were heard, which their places say from then on', () => {
  const journal = [ok('a'), ok('answer'), ok('b', 1)]
  expect(goodRecords(journal, { outcome: failed(), isBroken: false })).toEqual([ok('a'), ok('b'), ok('answer')])
  expect(keptOf([ok('a'), ok('answer'), { ...bad('b'), seen: 1 } as JournalEntry], failed('b'))).toEqual(['a'])
})

describe('of a task that was ended from outside', () => {
  const journal = [
    ...[intent('a'), ok('a'), ok('b'), intent('c'), { ...ok('c!r1'), kind: 'retry' } as JournalEntry, intent('c', 2)],
    ...[{ ...ok('d!r1'), kind: 'retry' } as JournalEntry],
  ]
  const begun = [intent('a')]
  const cancelled = { kind: 'cancelled', reason: 'no' } as const
  const undone = { head: {} as TaskHead, hasUndo: true, outcome: cancelled } as const
  const gateway = { ...undone, head: { effectsStay: true } as TaskHead }
  const ended = { head: {} as TaskHead, outcome: cancelled }
  const keptOf = (records: JournalEntry[]) => ({ retried: { journal: records, isBroken: true } })

  test('and whose code undid it attempts without an outcome stay in doubt, since nothing has undone them', () => {
    const kept = { isFromStart: true, ...keptOf(journal.slice(3, 6)) }
    expect(toRetried(undone, { journal, isBroken: true })).toEqual(kept)
  })

  test('all attempts are in doubt where effects stay', () => {
    const kept = { isFromStart: false, ...keptOf([intent('a'), ...journal.slice(3, 6)]) }
    expect(toRetried(gateway, { journal, isBroken: true })).toEqual(kept)
    expect(toRetried(gateway, { journal, isBroken: true }, true)).toEqual(kept)
  })

  test('with nothing on record nothing was undone', () => {
    const kept = { isFromStart: false, ...keptOf(begun) }
    expect(toRetried(undone, { journal: begun, isBroken: true })).toEqual(kept)
  })

  test('with one above that was undone, attempts without an outcome stay in doubt', () => {
    const kept = { isFromStart: true, ...keptOf(journal.slice(3, 6)) }
    expect(toRetried(ended, { journal, isBroken: true }, true)).toEqual(kept)
    const untouched = { isFromStart: false, ...keptOf(begun) }
    expect(toRetried(ended, { journal: begun, isBroken: true }, true)).toEqual(untouched)
  })
})

test('of a task that ended by itself nothing is left where what called it was undone', () => {
  const outcome = { kind: 'result', result: { content: [] } } as const
  const over = { head: {} as TaskHead, outcome }
  expect(toRetried(over, { journal: [intent('a')], isBroken: false }, true)).toEqual({ isFromStart: true })
})
