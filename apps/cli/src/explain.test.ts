import { expect, test } from 'vitest'
import { explain } from './explain.ts'

const failure = (fields: object) => Object.assign(new Error('what the system said'), fields)

test.each([
  [failure({ code: 'EADDRINUSE', port: 4620 }), 'Port 4620 is taken. Set PORT to another one, or 0 for a free one.'],
  [failure({ code: 'EACCES', port: 80 }), 'Port 80 may not be used by this user. Set PORT to one from 1024 on.'],
  [failure({ code: 'EACCES' }), 'what the system said'],
  [
    failure({ code: 'EADDRNOTAVAIL', address: '192.0.2.1' }),
    'LONGHAUL_HOST is no address of this machine (what the system said).',
  ],
  [failure({ code: 'ENOTFOUND' }), 'LONGHAUL_HOST is no address of this machine (what the system said).'],
  [failure({}), 'what the system said'],
  ['thrown as text', 'thrown as text'],
])('%s is said in words', (error, words) => {
  expect(explain(error)).toBe(words)
})
