import { expect, test } from 'vitest'
import { parseApiKeys } from './api-keys.ts'
import { createAuthenticate } from './authenticate.ts'

const authenticate = createAuthenticate({ keys: parseApiKeys(['anna=correct-horse-battery tasks:read']) })

test.each(['Bearer correct-horse-battery', 'bearer correct-horse-battery', 'BEARER   correct-horse-battery'])(
  'knows who sends %j',
  (authorization) => {
    expect(authenticate(authorization, '/mcp')).toEqual({
      owner: { issuer: 'api-key', subject: 'anna' },
      scopes: ['tasks:read'],
    })
  },
)

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Basic Y29ycmVjdA==',
  'correct-horse-battery',
  'Bearer a b',
  'XBearer a',
])('asks for a key where there is none: %j', (authorization) => {
  expect(() => authenticate(authorization, '/mcp')).toThrow(
    expect.objectContaining({
      status: 401,
      message: 'Send an API key: Authorization: Bearer KEY.',
      headers: { 'www-authenticate': 'Bearer' },
    }),
  )
})

test.each(['wrong', 'anna', 'correct-horse-batter', '__proto__', 'constructor'])(
  'does not know the key %j',
  (token) => {
    expect(() => authenticate(`Bearer ${token}`, '/mcp')).toThrow(
      expect.objectContaining({
        status: 401,
        message: 'The API key is not known here.',
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      }),
    )
  },
)

test('takes everybody for the same where no keys are set', () => {
  expect(createAuthenticate({ keys: new Map() })('Bearer whatever', '/mcp')).toEqual({
    owner: { issuer: 'local', subject: 'local' },
    scopes: [],
  })
})
