import { expect, test } from 'vitest'
import { toolFile, writeProject } from '../../test/project.ts'
import { isReady, workerSpawner } from '../../test/spawn-worker.ts'
import { openStoreOfFile } from '../../test/worker-store.ts'

const store = await openStoreOfFile({ isKept: true })
const spawnWorker = workerSpawner(() => store.url)

const POLICIES = ['continue', 'ask', 'fail'] as const

/** A project with a tool for each policy, which asks before it says whose code it is. */
const project = (code: string) => {
  const body = `await ctx.elicit({ key: 'go', message: 'Go on?', schema: { type: 'object', properties: {} } }); return by`
  const file = (policy: string) =>
    `import { by } from '../lib/by.ts'\n${toolFile(policy, body, ` onCodeChange: '${policy}',`)}`
  const tools = POLICIES.map((policy) => [`tools/${policy}.ts`, file(policy)])
  return writeProject({ ...Object.fromEntries(tools), 'lib/by.ts': `export const by = 'done by ${code}'\n` })
}

const patient = { timeout: 20_000 }
const settled = (taskId: string) => expect.poll(() => store.outcome(taskId), patient)
const isAsked = (taskId: string) => expect.poll(() => store.status(taskId), patient).toBe('input_required')
const answer = (taskId: string, key: string, content = {}) =>
  store.engine.answer(store.principal, {
    taskId,
    key,
    reply: { kind: 'answer', answer: { action: 'accept', content } },
  })
const versionListed = async () => (await store.catalog.find('continue'))?.version

test('tasks go on with the version that they began with, and when it has gone as their tools say', async () => {
  const env = { LONGHAUL_CATALOG_GRACE_MS: '600', LONGHAUL_HEARTBEAT_MS: '100' }
  const one = spawnWorker(project('one'), env)
  await one.ready(isReady)
  const first = await versionListed()
  const submitAll = () => Promise.all(POLICIES.map((policy) => store.submit(policy)))
  const [early, late] = [await submitAll(), await submitAll()]
  await Promise.all([...early, ...late].map(isAsked))

  const two = spawnWorker(project('two'), env)
  await two.ready(isReady)
  await expect.poll(versionListed, patient).not.toBe(first)
  const second = await versionListed()
  // Both take wake-ups of the one queue.
  await Promise.all(early.map((taskId) => answer(taskId, 'go')))
  for (const taskId of early) await settled(taskId).toContain('done by one')
  const fresh = await store.submit('fail')
  await isAsked(fresh)
  await answer(fresh, 'go')
  await settled(fresh).toContain('done by two')
  expect(await versionListed()).toBe(second)

  await one.kill('SIGKILL')
  await Promise.all(late.map((taskId) => answer(taskId, 'go')))
  const [goesOn, asks, fails] = late as [string, string, string]
  await settled(goesOn).toContain('done by two')
  await settled(fails).toContain(`code_changed: The tool 'fail' has changed under this task: it began with version '`)
  await isAsked(asks)
  await answer(asks, '!code!1', { decision: 'continue' })
  await settled(asks).toContain('done by two')
}, 90_000)
