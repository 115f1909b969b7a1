import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toolFile, writeProject } from '../test/project.ts'
import { isReady, workerSpawner } from '../test/spawn-worker.ts'
import { openStoreOfFile } from '../test/worker-store.ts'

const store = await openStoreOfFile({ isKept: true })
const spawnWorker = workerSpawner(() => store.url)

/** What it does is a line of `did` each, with the idempotency key; some wait for a file before they end. */
const WORK = `
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
const file = (name) => join(import.meta.dirname, '..', name)
async function happen(what, ctx) {
  appendFileSync(file('did'), what + ' ' + ctx.idempotencyKey + '\\n')
  const holds = { '+2': 'first', '-3': 'second' }
  while (holds[what] && !existsSync(file(holds[what]))) await delay(10)
}
`
const IDEMPOTENT = " annotations: { idempotentHint: true }, undo: ({ n }, result, ctx) => happen('-' + n, ctx),"
const FLOW = `
description: Works on four things, then fails.
steps:
  each: { forEach: { items: [1, 2, 3, 4], concurrency: 2 }, tool: work, with: { n: "\${{ item }}" } }
  end: { needs: each, tool: boom }
`

test('whose workers are killed in the middle of its items and of undoing them does each as often as it must', {
  timeout: 90_000,
}, async () => {
  const dir = writeProject({
    'tools/work.ts': WORK + toolFile('work', "await happen('+' + args.n, ctx); return { n: args.n }", IDEMPOTENT),
    'tools/boom.ts': toolFile('boom', "throw new Error('out of tea')"),
    'workflows/flow.yaml': FLOW,
  })
  const did = () => (existsSync(join(dir, 'did')) ? readFileSync(join(dir, 'did'), 'utf8').trim().split('\n') : [])
  const whats = () => did().map((line) => line.split(' ')[0])
  const keysDone = async (taskId: string) =>
    (await store.engine.inspectBelow(store.principal, taskId))
      .filter(({ status, isError }) => status === 'completed' && !isError)
      .map(({ head }) => head.lineage?.step.key)
  const start = async () => {
    const worker = spawnWorker(dir)
    await worker.ready(isReady)
    return worker
  }
  const patience = { timeout: 30_000, interval: 20 }

  const first = await start()
  const id = await store.submit('flow')
  await expect.poll(async () => (await keysDone(id)).toSorted(), patience).toEqual(['each.0', 'each.2', 'each.3'])
  await first.kill('SIGKILL')
  writeFileSync(join(dir, 'first'), '')

  const second = await start()
  await expect.poll(() => whats().includes('-3'), patience).toBe(true)
  await second.kill('SIGKILL')
  writeFileSync(join(dir, 'second'), '')

  await start()
  await expect.poll(() => store.outcome(id), patience).toContain('Undone: each.1, each.3, each.2, each.0.')
  expect(whats()).toEqual(['+1', '+2', '+3', '+4', '+2', '-2', '-4', '-3', '-3', '-1'])
  expect(new Set(did()).size).toBe(8)
})
