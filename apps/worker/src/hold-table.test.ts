import { newRunId } from '@longhaul/store'
import { newTaskId } from '@longhaul/task'
import { expect, test } from 'vitest'
import { HoldTable } from './hold-table.ts'

const owner = { issuer: 'test', subject: 'anna' }
const newHold = () => ({ taskId: newTaskId(owner), runId: newRunId() })

test('shows another thread what is held, and no more what was dropped', () => {
  const table = new HoldTable()
  const elsewhere = new HoldTable(table.buffer)
  expect(elsewhere.holds()).toEqual([])
  const [first, second] = [newHold(), newHold()]
  const slot = table.add(first)
  table.add(second)
  expect(elsewhere.holds()).toMatchObject([first, second])
  table.remove(slot)
  expect(elsewhere.holds()).toMatchObject([second])
})

test('shows whether a claim has been made, whatever was held in its place before', () => {
  const table = new HoldTable()
  const elsewhere = new HoldTable(table.buffer)
  const states = () => elsewhere.holds().map(({ isClaimed }) => isClaimed)
  for (const isClaimed of [false, true, true, false, false]) {
    const slot = table.add(newHold())
    expect(states()).toEqual([false])
    if (isClaimed) table.noteClaimed(slot)
    expect(states()).toEqual([isClaimed])
    table.remove(slot)
    expect(states()).toEqual([])
  }
})

test('takes any number, and uses places again', () => {
  const table = new HoldTable()
  const elsewhere = new HoldTable(table.buffer)
  const slots = Array.from({ length: 1000 }, () => table.add(newHold()))
  expect(elsewhere.holds()).toHaveLength(1000)
  const bytes = table.buffer.byteLength
  for (const slot of slots) table.remove(slot)
  const holds = slots.map(newHold)
  for (const hold of holds) table.add(hold)
  expect(table.buffer.byteLength).toBe(bytes)
  expect(
    elsewhere
      .holds()
      .map(({ runId }) => runId)
      .toSorted(),
  ).toEqual(holds.map(({ runId }) => runId).toSorted())
})
