import { type FinishedTask, type Outcome, type OutcomeEntry, type Task, text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { closeUp } from './close-up.ts'
import { only, TASK } from './fixtures/ports.ts'

const id = (name: string) => name.padEnd(24, '0')
const DONE: Outcome = { kind: 'result', result: { content: [text('tea')] } }

/** A task under these. */
const taskUnder = (name: string, ancestors: readonly string[], changed: Partial<Task> = {}): Task => ({
  ...TASK,
  isOwing: true,
  id: id(name),
  head: {
    ...TASK.head,
    priority: 3,
    ...(ancestors.length > 0 && {
      lineage: { ancestors: ancestors.map(id), step: { key: `call ${name}`, input: 'h' }, queue: 'of parent' },
    }),
  },
  ...changed,
})

/** Closes a task that ended in a tree of these; gives what was done, in order. */
async function close(
  ended: Task & { outcome?: Outcome },
  { below = [], resolved = 'wake' }: { below?: readonly Task[]; resolved?: 'wake' | 'told' | 'not_open' } = {},
) {
  const did: unknown[] = []
  const entries: OutcomeEntry[] = []
  const store = only<Parameters<typeof closeUp>[0]['store']>({
    readOutcome: async () => ended as Task | FinishedTask,
    readBelow: async () => below,
    resolve: async (taskId, entry, ancestors) => {
      did.push(['resolve', taskId, ancestors])
      entries.push(entry)
      return resolved
    },
    cancel: async (task) => {
      did.push(['cancel', task.id])
      return 'owing'
    },
    close: async (task) => void did.push(['close', task.id]),
  })
  const wakeUps = { wake: async (woken: readonly unknown[]) => void did.push(['wake', ...woken]) }
  await closeUp({ store, wakeUps }, ended.id)
  return { did, entries }
}

test('the end of a child resolves the wait of its parent, which is woken in its own queue', async () => {
  const child = { ...taskUnder('child', ['root', 'parent']), outcome: DONE }
  const { did, entries } = await close(child)
  expect(did).toEqual([
    ['resolve', id('parent'), [id('root')]],
    ['wake', { taskId: id('parent'), queue: 'of parent', priority: 3 }],
    ['close', id('child')],
  ])
  expect(entries).toEqual([
    { key: 'call child', kind: 'child', input: 'h', at: expect.any(Number), type: 'value', value: DONE.result },
  ])
})

test.each([
  ['was told while it runs', 'told'],
  ['does not wait any more', 'not_open'],
] as const)('a parent that %s is not woken', async (_what, resolved) => {
  const { did } = await close({ ...taskUnder('child', ['root']), outcome: DONE }, { resolved })
  expect(did).toEqual([
    ['resolve', id('root'), []],
    ['close', id('child')],
  ])
})

const FAILED: readonly { readonly outcome: Outcome; readonly says: string; readonly code?: number }[] = [
  { outcome: { kind: 'cancelled', reason: 'No tea.' }, says: 'was cancelled: No tea.' },
  { outcome: { kind: 'error', error: { message: 'broken', code: 4001 } }, says: 'failed: broken', code: 4001 },
  { outcome: { kind: 'result', result: { isError: true, content: [text('cold')] } }, says: 'failed: cold' },
]
test.each(FAILED)('a child that $says fails its call', async ({ outcome, says, code }) => {
  const { entries } = await close({ ...taskUnder('child', ['root']), outcome })
  const message = `The task ${id('child')} of 'research' ${says}`
  const error = { message, data: { taskId: id('child') }, ...(code !== undefined && { code }) }
  expect(entries).toMatchObject([{ type: 'error', error }])
})

test('all below a task are ended, from the top, and others of the tree are left', async () => {
  const root = { ...taskUnder('root', []), outcome: DONE, hasCalled: true } as const
  const below = [
    taskUnder('leaf', ['root', 'middle']),
    taskUnder('middle', ['root']),
    taskUnder('done', ['root'], { status: 'completed' }),
    taskUnder('under', ['root', 'done']),
  ]
  const { did } = await close(root, { below })
  expect(did.slice(0, 3)).toEqual([
    ['cancel', id('middle')],
    ['cancel', id('leaf')],
    ['cancel', id('under')],
  ])
  expect(did.slice(3)).toEqual(
    expect.arrayContaining(['middle', 'leaf', 'under', 'root'].map((name) => ['close', id(name)])),
  )
  const { did: inside } = await close({ ...taskUnder('middle', ['root']), outcome: DONE, hasCalled: true }, { below })
  expect(inside).not.toContainEqual(['cancel', id('under')])
  expect(inside).toContainEqual(['cancel', id('leaf')])
})

test('a task that lives owes nothing', async () => {
  expect((await close(taskUnder('child', ['root']))).did).toEqual([])
})
