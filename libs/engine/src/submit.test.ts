import {
  type CatalogEntry,
  isTaskId,
  type JsonObject,
  LonghaulError,
  partitionOfOwner,
  type TaskDraft,
} from '@longhaul/task'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ANNA, RESEARCH, TASK, testPorts } from './fixtures/ports.ts'
import type { Submission } from './submission.ts'
import { submit } from './submit.ts'

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
    return { kind: 'created' } as const
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
    return { kind: 'created' } as const
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
    testPorts({ create: async () => ({ kind: 'created' }) }, { wakeUps: { wake }, onWakeUpLost }),
    SUBMISSION,
  )
  expect(task.status).toBe('working')
  expect(lost).toEqual([[task.id, gone]])
})

test('has a task woken along with its record, where it starts at once', async () => {
  const woken: unknown[] = []
  const wake = async (wakeUps: readonly unknown[]) => void woken.push(...wakeUps)
  const given: unknown[] = []
  const create = async (_draft: TaskDraft, wakeIt?: () => Promise<void>) => {
    given.push(wakeIt)
    await wakeIt?.()
    return { kind: 'created', isWoken: true } as const
  }
  const task = await submit(testPorts({ create }, { wakeUps: { wake } }), SUBMISSION)
  expect(woken).toEqual([{ taskId: task.id, queue: 'default' }])
  const later = { ...SUBMISSION, startAt: Date.now() + 60_000 }
  await submit(testPorts({ create, read: async () => task }, { wakeUps: { wake } }), later)
  expect([woken.length, given]).toEqual([1, [expect.any(Function), undefined]])
})

test('wakes a task that a command sent twice had already made', async () => {
  const woken: unknown[] = []
  const wake = async (wakeUps: readonly unknown[]) => void woken.push(...wakeUps)
  const task = await submit(testPorts({ create: async () => ({ kind: 'exists' }) }, { wakeUps: { wake } }), SUBMISSION)
  expect(woken).toEqual([{ taskId: task.id, queue: 'default' }])
})

test.each([
  [undefined, 86_400_000],
  [100_000_000, 100_000_000],
  [1e15, 2_592_000_000],
  // Its end is kept for a day.
  [5000, 86_400_000],
  [0, 86_400_000],
  [-5, 86_400_000],
])('a task for which a ttl of %s ms is asked is kept for %s ms', async (ttlMs, kept) => {
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
      message: expect.stringMatching(
        `^The tool 'research' ${what}, which needs the client capability ${capability}, and this client did not declare it\\.${capability === 'elicitation' ? '$' : ' Give it a model '}`,
      ),
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

describe('options', () => {
  const NOW = Date.UTC(2030, 0)
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW })
    return () => vi.useRealTimers()
  })

  test('a priority is in the head, the default one too, but not the first', async () => {
    expect((await draftOf({ ...SUBMISSION, priority: 9 })).head.priority).toBe(9)
    expect((await draftOf({ ...SUBMISSION, priority: 0 })).head).not.toHaveProperty('priority')
    const settings = { defaultPriority: 5 }
    expect((await draftOf(SUBMISSION, { settings })).head.priority).toBe(5)
    expect((await draftOf({ ...SUBMISSION, priority: 0 }, { settings })).head).not.toHaveProperty('priority')
  })

  test('the wake-up has the priority of the task', async () => {
    const wake = vi.fn()
    const ports = testPorts({ create: async () => ({ kind: 'created' }) }, { wakeUps: { wake } })
    const { id } = await submit(ports, { ...SUBMISSION, priority: 3 })
    expect(wake.mock.calls).toEqual([[[{ taskId: id, queue: 'default', priority: 3 }]]])
  })

  test('a start that is put off is in the head, and wakes nobody yet', async () => {
    const wake = vi.fn()
    const changed = { wakeUps: { wake } }
    expect((await draftOf({ ...SUBMISSION, startAt: NOW + 0.5 }, changed)).head.startAt).toBe(NOW + 1)
    expect(wake).not.toHaveBeenCalled()
    expect((await draftOf({ ...SUBMISSION, startAt: NOW }, changed)).head).not.toHaveProperty('startAt')
    expect(wake).toHaveBeenCalledOnce()
  })

  test('a key goes with a hash of tool and arguments, whatever the order of their members', async () => {
    const hashOf = async (args: JsonObject) => (await draftOf({ ...SUBMISSION, args, idempotencyKey: 'k' })).idempotency
    const hash = await hashOf({ topic: 'tea', more: { a: 1, b: [1, 2] } })
    expect(hash).toEqual({ key: 'k', payload: expect.stringMatching(/^[\w-]{22}$/) })
    expect(await hashOf({ more: { b: [1, 2], a: 1 }, topic: 'tea' })).toEqual(hash)
    expect(await hashOf({ more: { b: [2, 1], a: 1 }, topic: 'tea' })).not.toEqual(hash)
    expect(await hashOf({ topic: 'tea', more: [['a', 1]] })).not.toEqual(await hashOf({ topic: 'tea', more: { a: 1 } }))
    expect(await draftOf(SUBMISSION)).not.toHaveProperty('idempotency')
  })

  test('a key that is longer than a setting says is refused', async () => {
    const settings = { maxIdempotencyKeyCharacters: 3 }
    await expect(submit(testPorts({}, { settings }), { ...SUBMISSION, idempotencyKey: 'four' })).rejects.toMatchObject({
      code: 'submission_invalid',
      message: 'The idempotency key must have 1 to 3 characters (LONGHAUL_MAX_IDEMPOTENCY_KEY_CHARACTERS).',
    })
  })

  test('a key of another payload is refused', async () => {
    const ports = testPorts({ create: async () => ({ kind: 'conflict' }) })
    await expect(submit(ports, { ...SUBMISSION, idempotencyKey: 'k' })).rejects.toMatchObject({
      code: 'idempotency_conflict',
      message: "There is a task of another tool or other arguments under the idempotency key 'k'. Use another key.",
    })
  })

  test('too many tasks, of the owner or in all, are refused with a time to try again', async () => {
    const settings = { maxOpenTasksPerOwner: 5, maxOpenTasks: 10, tooManyRetryMs: 700 }
    const create = async () => ({ kind: 'too_many' }) as const
    await expect(submit(testPorts({ create }, { settings }), SUBMISSION)).rejects.toMatchObject({
      code: 'too_many_tasks',
      message:
        'You have as many open tasks as you may: 5 (LONGHAUL_MAX_OPEN_TASKS_PER_OWNER). Try again when some have ended, in 700 ms at the earliest.',
      data: { retryAfterMs: 700 },
    })
    const openTasks = { total: () => 10 }
    await expect(submit(testPorts({}, { settings, openTasks }), SUBMISSION)).rejects.toMatchObject({
      code: 'too_many_tasks',
      message:
        'There are 10 open tasks, and the most is 10 (LONGHAUL_MAX_OPEN_TASKS). Try again when some have ended, in 700 ms at the earliest.',
      data: { retryAfterMs: 700 },
    })
  })

  test.each<[Partial<Submission>, string]>([
    [
      { idempotencyKey: '' },
      'The idempotency key must have 1 to 1000 characters (LONGHAUL_MAX_IDEMPOTENCY_KEY_CHARACTERS).',
    ],
    [
      { idempotencyKey: 'k'.repeat(1001) },
      'The idempotency key must have 1 to 1000 characters (LONGHAUL_MAX_IDEMPOTENCY_KEY_CHARACTERS).',
    ],
    [{ priority: -1 }, 'The priority must be a whole number from 0, first, to 9, last.'],
    [{ priority: 10 }, 'The priority must be a whole number from 0, first, to 9, last.'],
    [{ priority: 1.5 }, 'The priority must be a whole number from 0, first, to 9, last.'],
    [
      { startAt: NOW + 2_592_000_001 },
      'The start can be put off by 2592000000 ms at most (LONGHAUL_MAX_START_DELAY_MS).',
    ],
    [{ startAt: Number.NaN }, 'The start can be put off by 2592000000 ms at most (LONGHAUL_MAX_START_DELAY_MS).'],
  ])('%j are refused', async (options, message) => {
    await expect(submit(testPorts({}), { ...SUBMISSION, ...options })).rejects.toMatchObject({
      code: 'submission_invalid',
      message,
    })
  })
})

describe('the time that a task may take', () => {
  const limit = async (tool: number | undefined, setting: number, submission: number | undefined) => {
    const entry = { ...RESEARCH, ...(tool !== undefined && { timeoutMs: tool }) }
    const { head } = await draftOf(
      { ...SUBMISSION, ...(submission !== undefined && { timeoutMs: submission }) },
      { settings: { taskTimeoutMs: setting }, entry },
    )
    return head.timeoutMs
  }

  test.each([
    [undefined, 0, undefined, undefined],
    [undefined, 900, undefined, 900],
    [500, 900, undefined, 500],
    [0, 900, undefined, undefined],
    [500, 0, 700, 500],
    [500, 0, 300, 300],
    [undefined, 0, 300, 300],
    [0, 900, 300, 300],
  ])(
    'of a tool with %s, a setting of %s and a submission with %s is %s',
    async (tool, setting, submission, expected) => {
      expect(await limit(tool, setting, submission)).toBe(expected)
    },
  )

  test.each([0, -1, 1.5, Number.NaN])('cannot be %s', async (timeoutMs) => {
    await expect(draftOf({ ...SUBMISSION, timeoutMs })).rejects.toMatchObject({ code: 'submission_invalid' })
  })
})

describe('the budget of a task', () => {
  test('is lower than that of its tool, and never higher', async () => {
    const entry = { ...RESEARCH, budget: { costUsd: 1, atLimit: 'ask' } as const }
    const { head } = await draftOf({ ...SUBMISSION, budget: { costUsd: 2, turns: 3 } }, { entry })
    expect(head.budget).toEqual({ costUsd: 1, turns: 3, atLimit: 'ask' })
  })

  test('in money is refused where nobody knows what a model costs', async () => {
    const entry = { ...RESEARCH, unpricedModels: ['ollama/llama3.3'] }
    await expect(draftOf({ ...SUBMISSION, budget: { costUsd: 2 } }, { entry })).rejects.toMatchObject({
      code: 'submission_invalid',
      message: expect.stringContaining('nobody knows what ollama/llama3.3 costs'),
    })
    expect((await draftOf({ ...SUBMISSION, budget: { tokens: 2 } }, { entry })).head.budget).toMatchObject({
      tokens: 2,
    })
    await expect(draftOf({ ...SUBMISSION, budget: { turns: 0.5 } })).rejects.toMatchObject({
      code: 'submission_invalid',
    })
  })
})
