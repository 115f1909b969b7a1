import { describe, expect, test } from 'vitest'
import { createCheckReach, isLoopback } from './reachable-as.ts'

const settings = { host: '127.0.0.1', publicUrl: '', allowedHosts: [], allowedOrigins: [] }
const check = createCheckReach(settings)

describe('a Host header', () => {
  test.each(['localhost', 'localhost:4620', 'LOCALHOST', '127.0.0.1:80', '[::1]', '[::1]:4620'])(
    '%s is ours',
    (host) => {
      expect(() => check({ host, origin: undefined })).not.toThrow()
    },
  )

  test.each([
    'evil.example',
    'localhost.evil.example',
    'evil@localhost',
    'localhost/evil',
    'localhost#evil',
    'localhost:',
    'localhost:x',
    '',
    '::1',
    '169.254.169.254',
  ])('%j is not', (host) => {
    expect(() => check({ host, origin: undefined })).toThrow(
      expect.objectContaining({
        status: 403,
        message: `This server is not known as '${host}'. LONGHAUL_PUBLIC_URL or LONGHAUL_ALLOWED_HOSTS can name it.`,
      }),
    )
  })

  test('may be missing, and is not ours then', () => {
    expect(() => check({ host: undefined, origin: undefined })).toThrow("This server is not known as ''.")
  })

  test('may be what the settings say', () => {
    const checkSet = createCheckReach({
      ...settings,
      host: 'fe80::1',
      publicUrl: 'https://MCP.example.com:8443/longhaul',
      allowedHosts: ['Intern.example', 'proxy.example:8080', '::2'],
    })
    for (const host of ['mcp.example.com', 'intern.example:1', 'proxy.example', '[::2]', '[fe80::1]:4620', 'localhost'])
      expect(() => checkSet({ host, origin: undefined })).not.toThrow()
    expect(() => checkSet({ host: 'other.example', origin: undefined })).toThrow()
  })
})

describe('an Origin', () => {
  test.each(['http://localhost:3000', 'https://localhost', 'http://127.0.0.1:6274', 'http://[::1]:1'])(
    '%s may call',
    (origin) => {
      expect(() => check({ host: 'localhost', origin })).not.toThrow()
    },
  )

  test.each(['https://evil.example', 'null', '', 'http://localhost.evil.example', 'evil://localhost', 'http://'])(
    '%j may not',
    (origin) => {
      expect(() => check({ host: 'localhost', origin })).toThrow(
        expect.objectContaining({
          status: 403,
          message: `Pages of '${origin}' may not call this server. LONGHAUL_ALLOWED_ORIGINS can name them.`,
        }),
      )
    },
  )

  test('may be what the settings say', () => {
    const checkSet = createCheckReach({
      ...settings,
      publicUrl: 'https://mcp.example.com',
      allowedOrigins: ['https://App.example.com/', 'chrome-extension://abcdef'],
    })
    for (const origin of ['https://app.example.com', 'https://mcp.example.com', 'chrome-extension://abcdef'])
      expect(() => checkSet({ host: 'localhost', origin })).not.toThrow()
    for (const origin of ['http://app.example.com', 'https://app.example.com:8443', 'chrome-extension://other'])
      expect(() => checkSet({ host: 'localhost', origin })).toThrow()
  })
})

test.each([
  [
    { publicUrl: 'mcp.example.com' },
    "LONGHAUL_PUBLIC_URL: 'mcp.example.com' is no http:// or https:// address; write for example https://mcp.example.com.",
  ],
  [
    { publicUrl: 'localhost:80' },
    "LONGHAUL_PUBLIC_URL: 'localhost:80' is no http:// or https:// address; write for example https://mcp.example.com.",
  ],
  [
    { allowedHosts: ['https://a.example'] },
    "LONGHAUL_ALLOWED_HOSTS: 'https://a.example' is no host name; write for example mcp.example.com.",
  ],
  [{ allowedHosts: ['*'] }, "LONGHAUL_ALLOWED_HOSTS: '*' is no host name; write for example mcp.example.com."],
  [{ host: 'not a host' }, "LONGHAUL_HOST: 'not a host' is no host name; write for example mcp.example.com."],
  [
    { allowedOrigins: ['app.example'] },
    "LONGHAUL_ALLOWED_ORIGINS: 'app.example' is no origin; write for example https://app.example.com.",
  ],
  [{ allowedOrigins: ['*'] }, "LONGHAUL_ALLOWED_ORIGINS: '*' is no origin; write for example https://app.example.com."],
])('says which setting cannot be used: %j', (changed, message) => {
  expect(() => createCheckReach({ ...settings, ...changed })).toThrow(new Error(message))
})

test('knows the addresses that nobody else can reach', () => {
  expect(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'].every(isLoopback)).toBe(true)
  expect(['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.evil.example', '1127.0.0.1'].some(isLoopback)).toBe(false)
})
