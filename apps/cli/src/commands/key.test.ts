import { hashKey, parseApiKeys } from '@longhaul/coordinator'
import { expect, test } from 'vitest'
import { longhaul } from '../../test/longhaul.ts'

test('makes a secret, and the entry that lets it in', async () => {
  const run = longhaul(['key', 'anna@example.com', 'tasks:read', 'tasks:cancel'])
  expect(await run.exited).toEqual({ code: 0, signal: null })
  const [, secret = '', entry = ''] =
    /shown only now\):\n {2}(\S+)\n\n.*LONGHAUL_API_KEYS.*:\n {2}(.+)\n$/.exec(run.stdout) ?? []
  expect(secret).toMatch(/^lh_[\w-]{32}$/)
  expect(entry).not.toContain(secret)
  expect(parseApiKeys([entry]).get(hashKey(secret))).toEqual({
    owner: { issuer: 'api-key', subject: 'anna@example.com' },
    scopes: ['tasks:read', 'tasks:cancel'],
  })
})
