import { readSettings } from '@longhaul/task'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { writeProject } from '../test/project.ts'
import { loadDefinitions } from './load-definitions.ts'

test('a start that goes on without a server that is not there yet says so', async () => {
  const silent = { command: process.execPath, args: ['-e', 'process.stdin.resume()'] }
  const lines: string[] = []
  const options = {
    settings: { ...readSettings({}), upstreamStartMs: 0 },
    dir: writeProject({ 'mcp.json': JSON.stringify({ mcpServers: { silent } }) }),
    env: {},
    version: '1',
    log: pino({}, { write: (line) => void lines.push(line) }),
  }
  const pauses = { remainingMs: async () => 0, pause: async () => {} }
  const { upstreams } = await loadDefinitions(options, pauses)
  await upstreams.close()
  expect(lines.map((line) => JSON.parse(line).msg)).toContain(
    'not all upstream servers are there yet, and are not waited for (LONGHAUL_UPSTREAM_START_MS)',
  )
})
