import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { longhaul, toolFile, writeProject } from '../../test/longhaul.ts'

async function over(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const command = longhaul(args, env)
  const { code } = await command.exited
  return { code, out: command.stdout.trim(), err: command.stderr.trim() }
}

test('a new project has nothing to mend, and nothing that is there is overwritten', async () => {
  const dir = writeProject({ 'package.json': '{ "dependencies": { "a": "1" } }', 'notes.md': 'mine' })
  const made = await over(['init', dir])
  expect([made.code, made.err]).toEqual([0, ''])
  expect(made.out).toContain('  package.json ("type": "module" was added)\n')
  expect(JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))).toEqual({
    ...{ private: true, type: 'module', dependencies: { a: '1' } },
  })
  const checked = await over(['validate', dir, '--strict'])
  expect([checked.code, checked.out]).toEqual([0, '0 errors, 0 warnings. It has count_words, write_note, assistant.'])

  writeFileSync(join(dir, 'mcp.json'), 'mine')
  const again = await over(['init', dir])
  expect([again.code, again.out]).toEqual([1, ''])
  expect(again.err).toMatch(/^longhaul: .* has these already, and nothing was changed: \.env, .*mcp\.json, .*\.$/)
  expect(readFileSync(join(dir, 'mcp.json'), 'utf8')).toBe('mine')
  const other = writeProject({ '.gitignore': 'mine' })
  expect((await over(['init', other])).code).toBe(1)
  expect(existsSync(join(other, 'tools'))).toBe(false)
})

test('what is wrong with a project, and what could be better, is said with file and line', async () => {
  const dir = writeProject({
    'tools/broken.ts': 'export default {\n  a: 1,\n  b: }\n',
    'tools/vague.ts': toolFile('vague', "return 'x'").replace('A tool of a test.', 'Does.'),
    'agents/helper.md': '---\ndescription: Helps with this and that.\ntools: ["nothing__*", "vage"]\n---\nHelp.\n',
    'mcp.json': '{ "mcpServers": { "gone": { "command": "/nowhere/at/all" } } }',
  })
  const { code, out } = await over(['validate', dir])
  expect(code).toBe(1)
  expect(out).toMatch(/^tools\/broken\.ts:3: error: It cannot be loaded/m)
  expect(out).toMatch(/^tools\/vague\.ts:\d: warning: The description of 'vague' says too little/m)
  expect(out).toMatch(/^tools\/vague\.ts:\d: warning: The parameter 'at' of 'vague' has no description/m)
  expect(out).toMatch(/^agents\/helper\.md:3: /m)
  expect(out).toMatch(/^mcp\.json:1: .*gone/m)
  const json = await over(['validate', dir, '--json'])
  expect(json.out.split('\n').map((line) => JSON.parse(line).file)).toContain('tools/broken.ts')
})

test('nothing runs without a middleware that cannot be loaded', async () => {
  const dir = writeProject({ 'tools/at.ts': toolFile('at', "return 'x'"), 'middleware.ts': 'export default [7]\n' })
  const { code, out } = await over(['validate', dir])
  expect(code).toBe(1)
  expect(out).toMatch(/^middleware\.ts: error: It exports no middleware\. Write: export default defineMiddleware/m)
  expect(out).toContain('It has no tools')
  writeFileSync(
    join(dir, 'middleware.ts'),
    "import { defineMiddleware } from 'longhaul'\nexport default defineMiddleware({ name: 'a', tool: (_, next) => next() })\n",
  )
  expect((await over(['validate', dir])).out).toContain('It has at.')
})

test('the doctor says what is wrong, and how to mend it', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const dir = writeProject({ 'tools/at.ts': toolFile('at', "return 'x'"), '.env': 'ANTHROPIC_API_KEY=secret\n' })
  const env = { PORT: `${port}`, LONGHAUL_DURABILITY: 'replica', LONGHAUL_QUEUE: 'gpu', LONGHAUL_OF_MY_OWN: '1' }
  const { code, out } = await over(['doctor', dir], env)
  expect(code).toBe(1)
  expect(out).toMatch(/^ok +node +v2\d/m)
  expect(out).toMatch(/^ok +settings +3 are set/m)
  expect(out).toContain('LONGHAUL_QUEUE is no setting\n                   Did you mean LONGHAUL_QUEUES?')
  expect(out).not.toContain('OF_MY_OWN')
  expect(out).toContain(`every user of this machine can read ${dir}/.env, which has ANTHROPIC_API_KEY`)
  expect(out).toMatch(/^FAULT +store +LONGHAUL_DURABILITY=replica needs a store that has replicas\./m)
  expect(out).toContain(`FAULT    port      Port ${port} is taken.\n                   Set PORT to another one`)
  expect(out).toMatch(/^ok +models +agents that name none have anthropic\//m)
  expect(out).toMatch(/^warning +project +1 tools, .*1 warnings\n +longhaul validate has all of it\.$/m)

  chmodSync(join(dir, '.env'), 0o600)
  const away = await over(['doctor', dir, '--json'], { REDIS_URL: 'redis://127.0.0.1:1' })
  const findings = away.out.split('\n').map((line) => JSON.parse(line))
  const says = expect.stringContaining('It cannot be reached: connect ECONNREFUSED 127.0.0.1:1')
  expect(findings).toContainEqual(expect.objectContaining({ about: 'store', verdict: 'fault', says }))
  expect(findings.map(({ about }) => about)).not.toContain('.env')
  const well = await over(['doctor', dir])
  expect(well.out).toMatch(/^ok +store +(native|embedded), as REDIS_URL is not set; it starts$/m)
  expect(well.code).toBe(0)
  expect(existsSync(join(dir, '.longhaul'))).toBe(false)
})

test('every setting is told with where it is from, and no secret is', async () => {
  const dir = writeProject({
    '.env': 'LONGHAUL_WORKERS=7\nLONGHAUL_CONCURRENCY=many\nREDIS_URL=redis://ann:pass-word@host:1\n',
  })
  const env = { LONGHAUL_WORKERS: '3', LONGHAUL_API_KEYS: 'ann=secret-secret-secret tasks:read' }
  const { code, out, err } = await over(['config', dir], env)
  expect(code).toBe(1)
  expect(err).toBe('longhaul: LONGHAUL_CONCURRENCY=many cannot be used: it takes a whole number of at least 1')
  expect(out).toMatch(/^LONGHAUL_LEASE_MS +5000 +default +Time after which/m)
  expect(out).toMatch(/^LONGHAUL_WORKERS +3 +environment /m)
  expect(out).toMatch(/^LONGHAUL_CONCURRENCY +many +\.env /m)
  expect(out).toMatch(/^REDIS_URL +redis:\/\/ann:…@host:1 +\.env /m)
  expect(out).toMatch(/^LONGHAUL_API_KEYS +ann=… tasks:read +environment /m)
  expect(out).not.toMatch(/secret-secret|pass-word/)
})
