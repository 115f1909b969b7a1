import { expect, test } from 'vitest'
import { newDraft } from './fixtures/drafts.ts'
import {
  CATALOG_ENTRIES,
  CATALOG_SEEN,
  CATALOG_SINCE,
  dueKey,
  KEY_RULES,
  leftCallKey,
  OPEN_TASKS,
  openKey,
  ownerIndexKey,
  SCHEMA,
  SWEEPER,
  sessionKey,
  submissionsKey,
  taskKeys,
  withdrawnKey,
  workerKey,
} from './keys.ts'

const { id, head } = newDraft()

test.each([
  ...Object.values(taskKeys(id)),
  dueKey('0f'),
  ownerIndexKey(head.owner),
  submissionsKey(head.owner),
  openKey('0f'),
  OPEN_TASKS,
  sessionKey('abc'),
  withdrawnKey('abc'),
  leftCallKey('abc', '"a:b\nc"'),
  CATALOG_ENTRIES,
  CATALOG_SEEN,
  CATALOG_SINCE,
  workerKey('abc'),
  SCHEMA,
  SWEEPER,
])('%s has exactly one rule', (key) => {
  expect(KEY_RULES.filter(({ pattern }) => pattern.test(key))).toHaveLength(1)
})

test('all keys of a task are on one node of a cluster', () => {
  const ofOwner = [ownerIndexKey(head.owner), submissionsKey(head.owner)]
  const tags = [...Object.values(taskKeys(id)), ...ofOwner].map((key) => /^\{[^}]*\}/.exec(key)?.[0])
  expect(new Set(tags)).toEqual(new Set([`{lh:${id.slice(0, 2)}}`]))
})

test('the index of an owner does not show who it is, and tells owners apart', () => {
  const one = ownerIndexKey({ issuer: 'i', subject: 'anna@example.com' })
  expect(one).not.toContain('anna')
  expect(ownerIndexKey({ issuer: 'i', subject: 'anna@example.com', tenant: 't' })).not.toBe(one)
})
