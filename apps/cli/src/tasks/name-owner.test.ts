import { expect, test } from 'vitest'
import { nameOwner, parseOwner } from './name-owner.ts'

test('an owner is named as it is shown, or by the name of a key', () => {
  const ann = { issuer: 'api-key', subject: 'ann' }
  expect([parseOwner('ann'), parseOwner(nameOwner(ann))]).toEqual([ann, ann])
  const far = { issuer: 'https://id.example/realms/x', subject: 'ann' }
  for (const owner of [far, { ...far, tenant: 'acme' }, { ...ann, tenant: 'acme' }])
    expect(parseOwner(nameOwner(owner))).toEqual(owner)
})
