import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ResourceWatch, Watch } from '@longhaul/store'
import { expect, test } from 'vitest'
import { agentFile, toolFile, writeProject } from '../test/project.ts'
import { isReady, workerSpawner } from '../test/spawn-worker.ts'
import { openStoreOfFile } from '../test/worker-store.ts'

const store = await openStoreOfFile()
const spawnWorker = workerSpawner(() => store.url)

/** So seldom that what is announced meanwhile is announced because of a change. */
const FOLLOW = { LONGHAUL_PROJECT_CHANGES: 'follow', LONGHAUL_HEARTBEAT_MS: '3600000' }
const PATIENCE = { timeout: 15_000 }

interface Outdated {
  readonly kind: 'outdated'
  readonly files: readonly string[]
}
const isOutdated = (message: unknown): message is Outdated => Object(message).kind === 'outdated'

async function follow(files: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = FOLLOW) {
  const dir = writeProject(files)
  const worker = spawnWorker(dir, env)
  await worker.ready(isReady)
  return {
    worker,
    write: (path: string, text: string) => writeFileSync(join(dir, path), text),
    remove: (path: string) => rmSync(join(dir, path)),
  }
}
const listed = () => expect.poll(store.listed, PATIENCE)
const described = (name: string) => expect.poll(() => store.describe(name), PATIENCE)
const outcome = (taskId: string) => expect.poll(() => store.outcome(taskId), PATIENCE)

const TELL = toolFile('tell', "return 'told'")
const GROWING_SERVER = join(import.meta.dirname, 'fixtures', 'growing-server.ts')
const SCRIPT = `
- call: [{ tool: wait }]
- call: [{ tool: old__grow }]
- expect: [grown]
  say: It has grown.
`
/** Waits for the file `gate` of the project. */
const WAIT = toolFile(
  'wait',
  `const { existsSync } = await import('node:fs')
  const { setTimeout: delay } = await import('node:timers/promises')
  console.log('waiting')
  while (!existsSync(new URL('../gate', import.meta.url))) await delay(20)
  return 'open'`,
)

test('lists what is new, what has changed, and no more what is gone, while it runs', async () => {
  const { write, remove } = await follow({ 'tools/tell.ts': TELL, 'prompts/.keep': '', 'agents/.keep': '' })
  write('prompts/greet.md', agentFile('description: Greets.'))
  write('agents/helper.md', agentFile('description: Helps.\nmodel: caller'))
  write('tools/second.ts', toolFile('second'))
  await listed().toEqual(['helper', 'prompt:greet', 'second', 'tell'])
  write('prompts/greet.md', agentFile('description: Greets twice.'))
  await described('prompt:greet').toBe('Greets twice.')
  remove('prompts/greet.md')
  remove('tools/tell.ts')
  await listed().toEqual(['helper', 'second'])
  await outcome(await store.submit('second')).toContain('done')
})

test('a faulty file costs nothing that was there, is told with its line, and is mended by the next change', async () => {
  const { worker, write } = await follow({
    'agents/helper.md': agentFile('description: Helps.\nmodel: caller'),
    'agents/other.md': agentFile('description: Is there, too.\nmodel: caller'),
    'prompts/greet.md': agentFile('description: Greets.'),
  })
  write('agents/helper.md', agentFile('description: Helps.\nmodel: caller\nmaxTurns: many'))
  write('agents/other.md', agentFile('description: Is there, too.\nmodel: nobody/nothing'))
  write('prompts/greet.md', '---\ntitle: [\n')
  await worker.ready(/agents\/helper\.md:4: error: /)
  await worker.ready(/agents\/other\.md: error: /)
  await worker.ready(/prompts\/greet\.md:\d+: error: /)
  write('prompts/new.md', agentFile('description: New.'))
  await listed().toEqual(['helper', 'other', 'prompt:greet', 'prompt:new'])
  expect(await store.describe('helper')).toBe('Helps.')
  write('agents/helper.md', agentFile('description: Helps again.\nmodel: caller'))
  await described('helper').toBe('Helps again.')
})

test('says that a resource has changed', async () => {
  const { write } = await follow({ 'resources/deep/my guide.md': 'before' })
  const updated = Promise.withResolvers<void>()
  const resources = new ResourceWatch(new Watch(store.connection))
  await resources.on('longhaul://resources/deep/my%20guide.md', updated.resolve)
  write('resources/deep/my guide.md', 'after')
  await updated.promise
})

test('code that has changed runs as it was, and whoever started the worker hears of it', async () => {
  const { worker, write } = await follow({
    'tools/tell.ts': `import { word } from '../lib/word.ts'\n${toolFile('tell', 'return word')}`,
    'lib/word.ts': "export const word = 'before'",
    'lib/unused.ts': '',
  })
  write('lib/unused.ts', "export const nobody = 'imports this'")
  write('lib/word.ts', "export const word = 'after'")
  expect((await worker.ready(isOutdated)).files).toEqual(['lib/word.ts'])
  await worker.ready(/"files":\["lib\/word\.ts"\],"msg":"code has changed that this process runs as it was"/)
  await outcome(await store.submit('tell')).toContain('before')
})

test('a task goes on with the definition, and the server, with which it began', async () => {
  const configOf = (server: string) =>
    JSON.stringify({ mcpServers: { [server]: { command: process.execPath, args: [GROWING_SERVER] } } })
  const agentOf = (description: string) =>
    agentFile(`description: ${description}\nmodel: scripted:script.yaml\ntools: ["*__grow", "wait"]`)
  const { worker, write } = await follow(
    {
      'mcp.json': configOf('old'),
      'script.yaml': SCRIPT,
      'tools/wait.ts': WAIT,
      'agents/gardener.md': agentOf('Gardens.'),
    },
    { ...FOLLOW, LONGHAUL_APPROVAL: 'never' },
  )
  const taskId = await store.submit('gardener', { prompt: 'Grow.' })
  await worker.ready(/waiting/)
  write('mcp.json', configOf('new'))
  write('agents/gardener.md', agentOf('Gardens anew.'))
  await described('gardener').toBe('Gardens anew.')
  write('gate', 'open')
  await outcome(taskId).toContain('It has grown.')
})

test('ignores every change where it is not told to follow them', async () => {
  const { worker, write } = await follow(
    { 'tools/tell.ts': TELL, 'prompts/.keep': '' },
    { LONGHAUL_HEARTBEAT_MS: '50' },
  )
  write('prompts/greet.md', agentFile('description: Greets.'))
  const { id } = await worker.ready(isReady)
  const beats = async () => JSON.parse((await store.redis.get(`lh:worker:${id}`)) ?? '{}').beatAt
  const before = await beats()
  await expect.poll(beats, PATIENCE).toBeGreaterThan(before + 1000)
  expect(await store.listed()).toEqual(['tell'])
})
