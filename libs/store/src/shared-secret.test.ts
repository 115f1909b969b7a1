import { expect, test } from 'vitest'
import { openStore } from './fixtures/open-store.ts'
import { SharedSecret } from './shared-secret.ts'

const store = await openStore()

test('all processes on one store have the same secret, whoever asks first', async () => {
  const secrets = await Promise.all(Array.from({ length: 5 }, () => new SharedSecret(store.connection).read()))
  expect(new Set(secrets).size).toBe(1)
  expect(secrets[0]).toHaveLength(43)
})
