import { describe, expect, test } from 'vitest'
import { longhaul, writeProject } from '../test/longhaul.ts'

test('says what it can do', async () => {
  const { exited, says, ...run } = longhaul(['--help'])
  await says('Usage: longhaul [options] [command]')
  for (const command of [
    'init [folder]',
    'dev [project]',
    'validate [options] [project]',
    'doctor [options] [project]',
    'config [options] [project]',
    'run [options] <tool> [arguments...]',
    'get [options] <task>',
    'list [options]',
    'logs [options] <task>',
    'result [options] <task>',
    'answer [options] <task> [fields...]',
    'cancel [options] <task>',
    'retry [options] <task>',
    'start [options] [project]',
    'stdio [options] [project]',
    'coordinator',
    'worker [options] [project]',
    'status [options]',
    'workers',
    'graph <workflow> [project]',
    'key <name> [scopes...]',
  ])
    await says(command)
  await says('REDIS_URL           the store')
  expect(await exited).toEqual({ code: 0, signal: null })
  expect(run.stderr).toBe('')
})

test('says its version', async () => {
  const run = longhaul(['--version'])
  await run.exited
  expect(run.stdout).toBe('0.1.0\n')
})

describe('a command that is none', () => {
  test.each([
    [['begin'], "error: unknown command 'begin'"],
    [['key'], "error: missing required argument 'name'"],
    [['retry'], "error: missing required argument 'task'"],
    [['list', '--dead', '--tree', 'x'], "error: option '--dead' cannot be used with option '--tree <task>'"],
    [['list', '--limit', '0'], "error: option '--limit <count>' argument '0' is invalid."],
    [['start', 'a', 'b'], "error: too many arguments for 'start'. Expected 1 argument but got 2: a, b."],
    [
      ['start', '--port', '1'],
      "error: unknown option '--port'\n(--help says more; settings are environment variables, as PORT=4630)",
    ],
    [[], 'Usage: longhaul'],
  ])('is told so, and ends with 1: %j', async (args, message) => {
    const { exited, says } = longhaul(args)
    await says(message)
    expect(await exited).toEqual({ code: 1, signal: null })
  })
})

describe('what cannot be done is said in one line, and ends with 1:', () => {
  test.each([
    [
      ['worker'],
      {},
      "longhaul: REDIS_URL is not set. A process of its own needs the store that the others use; 'longhaul start' brings one.",
    ],
    [
      ['coordinator'],
      {},
      "longhaul: REDIS_URL is not set. A process of its own needs the store that the others use; 'longhaul start' brings one.",
    ],
    [
      ['worker'],
      { REDIS_URL: 'anna:secret@host' },
      'longhaul: REDIS_URL cannot be used: it is not a URL of a store. It takes redis://',
    ],
    [
      ['worker', '/nowhere/at/all'],
      { REDIS_URL: 'redis://127.0.0.1:1' },
      'longhaul: There is no project folder /nowhere/at/all. Name the one that has mcp.json, agents/ or tools/ in it.',
    ],
    [
      ['start', '/nowhere/at/all'],
      {},
      'longhaul: There is no project folder /nowhere/at/all. Name the one that has mcp.json, agents/ or tools/ in it.',
    ],
    [
      ['coordinator'],
      { REDIS_URL: 'redis://127.0.0.1:1', LONGHAUL_HOST: '0.0.0.0' },
      "longhaul: Bound to 0.0.0.0, others could use this server without a key. Set LONGHAUL_API_KEYS (see 'longhaul key') or LONGHAUL_OAUTH_ISSUERS, or bind 127.0.0.1.",
    ],
    [
      ['coordinator'],
      { REDIS_URL: 'redis://127.0.0.1:1', LONGHAUL_HOST: '192.0.2.1', LONGHAUL_API_KEYS: 'anna=anna-anna-anna-anna' },
      /^longhaul: LONGHAUL_HOST is no address of this machine \(.*192\.0\.2\.1.*\)\.$/m,
    ],
    [['get', 'x', '--project', '/nowhere/at/all'], {}, 'longhaul: /nowhere/at/all is no project. Go to its folder or'],
    [['list', '--url', 'ftp://host'], {}, "longhaul: 'ftp://host' is no http:// or https:// address of Longhaul;"],
    [['key', 'anna', 'tasks:write'], {}, "there is no scope 'tasks:write'; the scopes are tasks:read, "],
    [['key', 'an na'], {}, "longhaul: The name 'an na' must be made of letters, digits, _ . @ and -."],
  ])('%j with %j', async (args, env, message) => {
    const run = longhaul(args, env)
    await run.says(message)
    expect(await run.exited).toEqual({ code: 1, signal: null })
    expect(run.stderr).not.toContain('secret')
    expect(run.stderr).not.toMatch(/^\s+at /m)
  })

  test('a coordinator with what the .env of its folder sets', async () => {
    const dir = writeProject({ '.env': 'LONGHAUL_API_KEYS=anna\nREDIS_URL=redis://127.0.0.1:1\n' })
    const run = longhaul(['coordinator'], { LONGHAUL_LEASE: '1' }, dir)
    await run.says('LONGHAUL_LEASE is no setting; did you mean LONGHAUL_LEASE_MS?')
    await run.says('longhaul: LONGHAUL_API_KEYS, entry 1: write name=sha256:HEX')
    expect(await run.exited).toEqual({ code: 1, signal: null })
  })

  test.each([
    ['PORT', '70000'],
    ['LONGHAUL_WORKERS', 'many'],
    ['LONGHAUL_LOG_LEVEL', 'loud'],
  ])('start with %s=%s', async (name, value) => {
    const run = longhaul(['start'], { [name]: value })
    await run.says('longhaul: These settings cannot be used:')
    await run.says(`  ${name}=${value}: `)
    expect(await run.exited).toEqual({ code: 1, signal: null })
  })
})
