import { expect, test } from 'vitest'
import { hashKey, parseApiKeys } from './api-keys.ts'

const SECRET = 'correct-horse-battery'
const HASH = hashKey(SECRET)

test('lets in by the hash of a key, given as such or in the clear', () => {
  const anna = { owner: { issuer: 'api-key', subject: 'anna@example.com' }, scopes: [] }
  expect([...parseApiKeys([`anna@example.com=sha256:${HASH}`])]).toEqual([[HASH, anna]])
  expect([...parseApiKeys([`anna@example.com=sha256:${HASH.toUpperCase()}`])]).toEqual([[HASH, anna]])
  expect([...parseApiKeys([`anna@example.com=${SECRET}`])]).toEqual([[HASH, anna]])
  expect(parseApiKeys([]).size).toBe(0)
})

test('gives scopes, and several keys to one name', () => {
  const keys = parseApiKeys([`ops=${SECRET} tasks:read  tasks:cancel`, 'ops=another-long-secret tasks:admin'])
  expect([...keys.values()]).toEqual([
    { owner: { issuer: 'api-key', subject: 'ops' }, scopes: ['tasks:read', 'tasks:cancel'] },
    { owner: { issuer: 'api-key', subject: 'ops' }, scopes: ['tasks:admin'] },
  ])
})

test.each([
  [
    ['just-a-secret-of-somebody'],
    'LONGHAUL_API_KEYS, entry 1: write name=sha256:HEX or name=SECRET, then scopes separated by spaces.',
  ],
  [
    [`a=${SECRET}`, '=sha256:00'],
    'LONGHAUL_API_KEYS, entry 2: write name=sha256:HEX or name=SECRET, then scopes separated by spaces.',
  ],
  [
    ['anna=short'],
    "LONGHAUL_API_KEYS, entry 1 (anna): the secret must have at least 16 characters; 'longhaul key anna' makes one.",
  ],
  [
    [`anna=sha256:${HASH.slice(1)}`],
    "LONGHAUL_API_KEYS, entry 1 (anna): sha256: takes the 64 hex digits that 'longhaul key anna' prints.",
  ],
  [
    [`anna=${SECRET} tasks:write`],
    "LONGHAUL_API_KEYS, entry 1 (anna): there is no scope 'tasks:write'; the scopes are tasks:read, tasks:answer, tasks:cancel, tasks:admin.",
  ],
  [
    [`anna=${SECRET}`, `ben=sha256:${HASH}`],
    'LONGHAUL_API_KEYS, entry 2 (ben): another entry has the same key; each key is one entry.',
  ],
])('says what is wrong with %j, and not what the secret is', (entries, message) => {
  expect(() => parseApiKeys(entries)).toThrow(new Error(message))
  expect(message).not.toContain(SECRET)
})
