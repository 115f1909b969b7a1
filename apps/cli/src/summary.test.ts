import { expect, test } from 'vitest'
import { type Started, summarize } from './summary.ts'

const READY = { kind: 'ready', tools: ['look', 'helper'], problems: [] } as const
const started = (changed: Partial<Started> = {}): Started => ({
  address: 'http://127.0.0.1:4620',
  dir: '/home/anna/project',
  settings: { publicUrl: '', apiKeys: [], oauthIssuers: [], httpApi: 'on', durability: 'process', replicas: 1 },
  store: { kind: 'embedded', durability: 'In memory only.' },
  ready: [READY, READY],
  whileUsed: false,
  ...changed,
})

test('says where it is, how to use it, what it found and what it may lose', () => {
  expect(summarize(started())).toBe(
    [
      'Longhaul 0.1.0',
      '  address   http://127.0.0.1:4620/mcp',
      '  add it    claude mcp add --transport http longhaul http://127.0.0.1:4620/mcp',
      '  HTTP API  http://127.0.0.1:4620/v1',
      '  callers   everybody on this machine',
      '  project   /home/anna/project',
      '  tools     look, helper',
      '  workers   2',
      '  store     embedded. In memory only.',
      '  keeps     process: what is acknowledged survives every process of Longhaul, and a crash of the store as its settings allow',
      '  Ctrl-C ends it; tasks go on at the next start.',
    ].join('\n'),
  )
})

test('says how it is reached from elsewhere, and that a key is needed', () => {
  const settings = {
    publicUrl: 'https://mcp.example.com/',
    apiKeys: ['anna=sha256:00'],
    oauthIssuers: [],
    httpApi: 'on' as const,
    durability: 'fsync' as const,
    replicas: 1,
  }
  const said = summarize(started({ settings }))
  expect(said).toContain('longhaul https://mcp.example.com/mcp --header "Authorization: Bearer KEY"\n')
  expect(said).toContain('  callers   1 API key\n')
  expect(said).not.toContain('sha256')
  expect(said).toContain('  HTTP API  https://mcp.example.com/v1\n')
  expect(summarize(started({ settings: { ...settings, httpApi: 'off' } }))).not.toContain('/v1')
  expect(summarize(started({ settings: { ...settings, apiKeys: [] } }))).toContain(
    '  callers   everybody on this machine, and whoever reaches https://mcp.example.com/\n',
  )
})

test('says whose access tokens are taken, and leaves it to clients to get one', () => {
  const oauthIssuers = ['https://login.example.com']
  const settings = { publicUrl: 'https://mcp.example.com', apiKeys: ['anna=sha256:00'], oauthIssuers } as const
  const said = summarize(started({ settings: { ...settings, httpApi: 'on', durability: 'process', replicas: 1 } }))
  expect(said).toContain('longhaul https://mcp.example.com/mcp\n')
  expect(said).toContain('  callers   1 API key, and access tokens of https://login.example.com\n')
})

test('does not invite anybody to what is there for stdio alone', () => {
  const said = summarize(started({ whileUsed: true }))
  expect(said).not.toContain('add it')
  expect(said).not.toContain('Ctrl-C')
  expect(said).toContain('  callers   processes of longhaul stdio\n')
})

test('names every mistake of the project', () => {
  const problem = { file: 'tools/x.ts', line: 3, message: 'It exports no tool.', severity: 'error' } as const
  const said = summarize(started({ ready: [{ ...READY, tools: [], problems: [problem] }] }))
  expect(said).toContain('  tools     none yet: add tools/*.ts or agents/*.md\n')
  expect(said).toContain('  problem   tools/x.ts:3: error: It exports no tool.\n')
})

test('does without workers of its own', () => {
  expect(summarize(started({ ready: [] }))).toContain('  tools     those of other workers\n  workers   0\n')
})
