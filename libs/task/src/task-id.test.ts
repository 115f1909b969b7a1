import { expect, test } from 'vitest'
import { allPartitions, isTaskId, newTaskId, PARTITIONS, partitionOf, partitionOfOwner } from './task-id.ts'

const ANNA = { issuer: 'https://id.example', subject: 'anna' }

test('an id begins with the partition of its owner, and is never the same twice', () => {
  const ids = Array.from({ length: 200 }, () => newTaskId(ANNA))
  expect(new Set(ids).size).toBe(200)
  for (const id of ids) {
    expect(isTaskId(id)).toBe(true)
    expect(partitionOf(id)).toBe(partitionOfOwner(ANNA))
  }
})

test.each([
  '',
  '0f',
  '0fabcdefghijklmnopqrstu',
  '0fabcdefghijklmnopqrstuvw',
  '0Fabcdefghijklmnopqrstuv',
  'zzabcdefghijklmnopqrstuv',
  '0fabcdefghijklmnopqrst.v',
  '0fabcdefghijklmnopqrstuv\n',
  '{lh:0f}:due',
])('%j is no id', (text) => {
  expect(isTaskId(text)).toBe(false)
})

test('an owner is always in the same partition', () => {
  // Stored ids depend on it.
  expect(partitionOfOwner(ANNA)).toBe('4f')
})

test('owners spread over all partitions', () => {
  const all = allPartitions()
  expect([all.length, all[0], all[15], all[255]]).toEqual([PARTITIONS, '00', '0f', 'ff'])
  const used = new Set(Array.from({ length: 5000 }, (_, n) => partitionOfOwner({ issuer: 'i', subject: `s${n}` })))
  expect([...used].sort()).toEqual(all)
})
