import type { JournalEntry, TaskHead } from '@longhaul/task'
import { expect, test } from 'vitest'
import { mindsSchema } from './schema-version.ts'

const HEAD = {} as TaskHead
const base = { input: '', at: 1 }
const value = (key: string, kind: 'tool' | 'step', kindOfValue: string): JournalEntry => ({
  ...base,
  ...{ type: 'value', key, kind, value: { kind: kindOfValue } },
})
const intent = (key: string): JournalEntry =>
  ({ ...base, type: 'intent', key, kind: 'tool', attempt: 1 }) as JournalEntry
const [begun, looked] = [value('call', 'tool', 'task'), value('look-1-1', 'step', 'working')]

test.each([
  [[], true],
  [[intent('call')], true],
  [[value('call', 'tool', 'asks')], true],
  [[intent('call'), begun], false],
  [[begun, looked], false],
  [[begun, looked, intent('lost-1')], true],
])('another schema matters as long as a call may be made: %j', (journal, expected) => {
  expect(mindsSchema({ head: HEAD, journal: journal as JournalEntry[] })).toBe(expected)
})

test('it matters to nobody who only ends what was begun', () => {
  expect(mindsSchema({ head: { undoOf: 'x' } as TaskHead, journal: [] })).toBe(false)
})
