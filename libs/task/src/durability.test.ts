import { expect, test } from 'vitest'
import { describeDurability } from './durability.ts'
import type { Settings } from './settings.ts'

test('says in words what an acknowledged change survives', () => {
  const words = (durability: Settings['durability'], replicas = 1) => describeDurability({ durability, replicas })
  expect(words('process')).toBe(
    'process: what is acknowledged survives every process of Longhaul, and a crash of the store as its settings allow',
  )
  expect(words('fsync')).toBe('fsync: what is acknowledged is on the disk of the store')
  expect(words('replica')).toBe('replica: what is acknowledged is in the memory of a replica')
  expect(words('replica', 2)).toBe('replica: what is acknowledged is in the memory of 2 replicas')
})
