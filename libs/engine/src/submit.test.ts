import { type CatalogEntry, isTaskId, LonghaulError, partitionOfOwner, type TaskDraft } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { ANNA, RESEARCH, TASK, testPorts } from './fixtures/ports.ts'
import { type Submission, submit } from './submit.ts'

const SUBMISSION: Submission = {
  principal: ANNA,
  tool: 'research',
  args: { topic: 'tea' },
  audience: { sampling: 'none', elicitation: false },
}
/** Submits to a store that takes everything; gives what it was given. */
async function draftOf(submission: Submission, changed: Parameters<typeof testPorts>[1] = {}): Promise<TaskDraft> {
  const drafts: TaskDraft[] = []
  const create = async (draft: TaskDraft) => {
    drafts.push(draft)
    return 'created' as const
  }
  await submit(testPorts({ create, read: async () => TASK }, changed), submission)
  const [draft] = drafts
  if (!draft || drafts.length > 1) throw new Error(`${drafts.length} tasks were created.`)
  return draft
}

test('makes a task of the call and wakes it', async () => {
  const steps: unknown[] = []
  const create = async ({ id, head, args }: TaskDraft) => {
    steps.push(['create', id, head.tool, args])
    return 'created' as const
  }
  const wake = async (wakeUps: readonly unknown[]) => void steps.push(['wake', ...wakeUps])
  const task = await submit(testPorts({ create }, { wakeUps: { wake } }), {
    ...SUBMISSION,
    principal: { ...ANNA, clientId: 'editor' },
    call: { session: 's1', isTask: true, progressToken: 0 },
  })
  expect(steps).toEqual([
    ['create', task.id, 'research', { topic: 'tea' }],
    ['wake', { taskId: task.id, queue: 'default' }],
  ])
  expect(isTaskId(task.id) && task.id.startsWith(partitionOfOwner(ANNA.owner))).toBe(true)
  expect(task).toEqual({
    id: task.id,
    status: 'working',
    isError: false,
    updatedAt: task.head.createdAt,
    seq: 1,
    session: 's1',
    head: {
      tool: 'research',
      definition: 'd1',
      queue: 'default',
      owner: ANNA.owner,
      clientId: 'editor',
      createdAt: expect.any(Number),
      ttlMs: 86_400_000,
      audience: SUBMISSION.audience,
      call: { session: 's1', isTask: true, progressToken: 0 },
    },
  })
})

test('answers with the task though its wake-up is lost', async () => {
  const gone = new Error('gone')
  const lost: unknown[] = []
  const wake = () => Promise.reject(gone)
  const onWakeUpLost = (...about: unknown[]) => lost.push(about)
  const task = await submit(
    testPorts({ create: async () => 'created' }, { wakeUps: { wake }, onWakeUpLost }),
    SUBMISSION,
  )
  expect(task.status).toBe('working')
  expect(lost).toEqual([[task.id, gone]])
})

test('wakes a task that a command sent twice had already made', async () => {
  const woken: unknown[] = []
  const wake = async (wakeUps: readonly unknown[]) => void woken.push(...wakeUps)
  const task = await submit(testPorts({ create: async () => 'exists' }, { wakeUps: { wake } }), SUBMISSION)
  expect(woken).toEqual([{ taskId: task.id, queue: 'default' }])
})

test.each([
  [undefined, 86_400_000],
  [5000, 5000],
  [0, 0],
  [-5, 0],
  [1e15, 2_592_000_000],
])('a ttl of %s ms is one of %s ms', async (ttlMs, kept) => {
  const { head } = await draftOf({ ...SUBMISSION, ...(ttlMs !== undefined && { ttlMs }) })
  expect(head.ttlMs).toBe(kept)
})

describe('creates nothing', () => {
  const refused = (submission: Partial<Submission>, changed: Parameters<typeof testPorts>[1] = {}) =>
    submit(testPorts({}, changed), { ...SUBMISSION, ...submission })

  test('of an unknown tool', async () => {
    await expect(refused({ tool: 'nope' })).rejects.toEqual(new LonghaulError('tool_not_found', 'Unknown tool: nope'))
    await expect(refused({ tool: 'nope' })).rejects.toMatchObject({ code: 'tool_not_found' })
  })

  test('of arguments that are too large, counted in bytes of their JSON', async () => {
    const settings = { maxArgumentBytes: 15 }
    expect((await draftOf({ ...SUBMISSION, args: { topic: 'äa' } }, { settings })).args).toEqual({ topic: 'äa' })
    await expect(refused({ args: { topic: 'ää' } }, { settings })).rejects.toMatchObject({
      code: 'too_large',
      message: 'The arguments are 16 bytes; the most is 15 (LONGHAUL_MAX_ARGUMENT_BYTES).',
    })
  })

  test.each<[CatalogEntry['needs'], Submission['audience'], string | undefined, string]>([
    [
      { sampling: 'tools' },
      { sampling: 'plain', elicitation: true },
      'sampling.tools',
      "runs on your client's own model",
    ],
    [{ sampling: 'tools' }, { sampling: 'tools', elicitation: false }, undefined, ''],
    [{ sampling: 'plain' }, { sampling: 'none', elicitation: true }, 'sampling', "runs on your client's own model"],
    [{ sampling: 'plain' }, { sampling: 'plain', elicitation: false }, undefined, ''],
    [{ elicitation: true }, { sampling: 'tools', elicitation: false }, 'elicitation', 'asks a person'],
    [{ elicitation: true }, { sampling: 'none', elicitation: true }, undefined, ''],
    [{ elicitation: false }, { sampling: 'none', elicitation: false }, undefined, ''],
  ])('of a tool that needs %j for a client that can %j: %s', async (needs, audience, capability, what) => {
    const entry = { ...RESEARCH, needs }
    if (capability === undefined) {
      expect((await draftOf({ ...SUBMISSION, audience }, { entry })).head.audience).toEqual(audience)
      return
    }
    await expect(refused({ audience }, { entry })).rejects.toMatchObject({
      code: 'client_cannot_answer',
      message: `The tool 'research' ${what}, which needs the client capability ${capability}, and this client did not declare it.`,
      data: { tool: 'research', capability },
    })
  })
})

describe('makes a task that has failed', () => {
  const failed = { wakeUps: { wake: () => Promise.reject(new Error('It is over and must not be woken.')) } }

  test('of arguments that do not fit', async () => {
    const { outcome } = await draftOf({ ...SUBMISSION, args: { topic: 7 } }, failed)
    expect(outcome).toEqual({
      kind: 'result',
      result: {
        content: [{ type: 'text', text: "Invalid arguments for tool 'research': topic must be string." }],
        isError: true,
      },
    })
  })

  test('of a tool whose schema nobody can use', async () => {
    const entry = { ...RESEARCH, inputSchema: { $schema: 'https://example.com/s', type: 'object' } }
    const { outcome } = await draftOf(SUBMISSION, { ...failed, entry })
    expect(outcome).toMatchObject({
      result: {
        content: [
          {
            text: "The tool 'research' cannot be called. Its input schema: The dialect https://example.com/s is not supported; use 2020-12 or draft-07.",
          },
        ],
        isError: true,
      },
    })
  })
})
