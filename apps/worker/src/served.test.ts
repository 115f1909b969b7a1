import type { Serves } from '@longhaul/task'
import { expect, test } from 'vitest'
import { toolFile, writeProject } from '../test/project.ts'
import { isReady, workerSpawner } from '../test/spawn-worker.ts'
import { openStoreOfFile } from '../test/worker-store.ts'

const store = await openStoreOfFile()
const spawnWorker = workerSpawner(() => store.url)

const PROJECT = {
  'tools/look.ts': toolFile('look'),
  'prompts/review.ts': `
import { definePrompt } from 'longhaul'
export default definePrompt({
  name: 'review',
  arguments: { type: 'object', properties: { of: { type: 'string' } }, required: ['of'] },
  complete: { of: (typed) => [typed + '!'] },
  async execute({ of }, ctx) {
    const reply = await ctx.elicit({ key: 'sure', message: 'Sure?', schema: { type: 'object', properties: {} } })
    return of + ' ' + reply.action
  },
})
`,
  'resources/notes.ts': `
import { defineResource } from 'longhaul'
export const day = defineResource({
  uriTemplate: 'notes://{day}',
  name: 'notes',
  read: ({ day }) => day === 'never' ? undefined : 'of ' + day,
})
`,
  'prompts/bad.ts': 'export {}',
}

/** Starts what is exposed, as a coordinator does. */
async function serve(tool: string, args: object, serves: Serves): Promise<string> {
  const { engine, principal } = store
  const audience = { sampling: 'none', elicitation: true } as const
  return (await engine.submit({ principal, tool, args: { ...args }, audience, serves })).id
}

const comesTo = (taskId: string) => expect.poll(() => store.outcome(taskId), { timeout: 15_000 })

test('a project serves prompts and resources beside its tools, which are run as short tasks', async () => {
  const worker = spawnWorker(writeProject(PROJECT))
  const ready = await worker.ready(isReady)
  expect(ready.tools).toEqual(['look'])
  expect(ready.problems).toEqual([
    expect.stringContaining('prompts/bad.ts: error: It exports no prompt. Write: export default definePrompt('),
  ])
  expect(await store.listed()).toEqual(['completion:prompt:review', 'look', 'prompt:review', 'template:notes://{day}'])

  const read = await serve(
    'template:notes://{day}',
    { uri: 'notes://monday', variables: { day: 'monday' } },
    {
      kind: 'resource',
      uri: 'notes://monday',
    },
  )
  await comesTo(read).toContain('"contents":[{"uri":"notes://monday","text":"of monday"}]')
  const args = { argument: { name: 'of', value: 'x' }, context: {} }
  await comesTo(await serve('completion:prompt:review', args, { kind: 'completion' })).toContain('"values":["x!"]')

  const got = await serve('prompt:review', { of: 'it' }, { kind: 'prompt' })
  await expect.poll(() => store.status(got), { timeout: 15_000 }).toBe('input_required')
  const reply = { kind: 'answer', answer: { action: 'decline' } } as const
  await store.engine.answer(store.principal, { taskId: got, key: 'sure', reply })
  await comesTo(got).toContain('"text":"it decline"')
  expect((await store.engine.list(store.principal)).tasks).toEqual([])
})

test('what was served is gone when its retention is over, and the question of a prompt has a deadline', async () => {
  const dir = writeProject(PROJECT)
  const worker = spawnWorker(dir, { LONGHAUL_SERVED_RETENTION_MS: '300', LONGHAUL_SERVED_QUESTION_DEADLINE_MS: '500' })
  await worker.ready(isReady)
  const got = await serve('prompt:review', { of: 'it' }, { kind: 'prompt' })
  await comesTo(got).toContain('Nobody answered before the deadline')
  await expect.poll(() => store.redis.keys('*:task:*'), { timeout: 15_000 }).toEqual([])
})
