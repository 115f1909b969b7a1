import { expect, test } from 'vitest'
import { mayAccess, type Owner, ownerKey, type Principal } from './principal.ts'

const ANNA: Owner = { issuer: 'https://id.example', subject: 'anna' }

test('owners are told apart by each of their parts, wherever a part ends', () => {
  const owners: Owner[] = [
    ANNA,
    { ...ANNA, subject: 'ben' },
    { ...ANNA, issuer: 'https://other.example' },
    { ...ANNA, tenant: 't' },
    { issuer: 'a', subject: 'bc' },
    { issuer: 'ab', subject: 'c' },
    { issuer: 'a","b', subject: 'c' },
    { issuer: 'a', subject: 'b","c' },
  ]
  expect(new Set(owners.map(ownerKey)).size).toBe(owners.length)
  expect(ownerKey({ ...ANNA, tenant: '' })).toBe(ownerKey(ANNA))
})

test('an owner may do everything, others what their scopes say', () => {
  const who = (changed: Partial<Principal>): Principal => ({
    owner: { ...ANNA, subject: 'ben' },
    scopes: [],
    ...changed,
  })
  expect(mayAccess(who({ owner: { ...ANNA } }), ANNA, 'tasks:cancel')).toBe(true)
  expect(mayAccess(who({}), ANNA, 'tasks:read')).toBe(false)
  expect(mayAccess(who({ scopes: ['tasks:read'] }), ANNA, 'tasks:read')).toBe(true)
  expect(mayAccess(who({ scopes: ['tasks:read', 'tasks:answer'] }), ANNA, 'tasks:cancel')).toBe(false)
  expect(mayAccess(who({ scopes: ['tasks:admin'] }), ANNA, 'tasks:cancel')).toBe(true)
})

test('scopes hold within the tenant of the one who has them, and everywhere for one without a tenant', () => {
  const inTenant = (tenant: string): Owner => ({ ...ANNA, tenant })
  const approver = (tenant?: string): Principal => ({
    owner: { ...ANNA, subject: 'ben', ...(tenant !== undefined && { tenant }) },
    scopes: ['tasks:answer'],
  })
  expect(mayAccess(approver('one'), inTenant('one'), 'tasks:answer')).toBe(true)
  expect(mayAccess(approver('one'), inTenant('two'), 'tasks:answer')).toBe(false)
  expect(mayAccess(approver('one'), ANNA, 'tasks:answer')).toBe(false)
  expect(mayAccess({ ...approver('one'), scopes: ['tasks:admin'] }, inTenant('two'), 'tasks:answer')).toBe(false)
  const ofOtherIssuer = { ...inTenant('one'), issuer: 'https://other.example' }
  expect(mayAccess(approver('one'), ofOtherIssuer, 'tasks:answer')).toBe(false)
  expect(mayAccess(approver(), inTenant('two'), 'tasks:answer')).toBe(true)
  expect(mayAccess(approver(''), inTenant('two'), 'tasks:answer')).toBe(true)
})
