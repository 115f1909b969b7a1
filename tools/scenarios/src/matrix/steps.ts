import assert from 'node:assert/strict'
import type { Recorder } from '../../crash-project/driver/recorder.ts'
import { toPrompt } from '../../crash-project/driver/script.ts'
import type { Driver, MatrixClient } from './driver.ts'

export interface Attempt {
  /** One of the two ways of the client. */
  readonly driver: Driver
  readonly restart: MatrixClient['restart']
  /** Counts what is done, outside of Longhaul and of its clients. */
  readonly recorder: Recorder
  /** Begins the names of all effects of this attempt. */
  readonly run: string
  /** Aborts when nobody waits for it any more. */
  readonly signal: AbortSignal
}

const ANN = { name: 'Ann' }

interface StepDefinition {
  /** What the step is about; all else in it is done in whichever way works. */
  readonly verb: keyof Driver
  /** Rejects when it does not come to what it should. */
  readonly run: (attempt: Attempt) => Promise<void>
}

/** What is done with every client. */
export const STEPS = {
  submit: {
    verb: 'submit',
    run: async (attempt) => {
      await whileAtWork(attempt)
      await ended(attempt)
    },
  },
  poll: {
    verb: 'status',
    run: async (attempt) => {
      const taskId = await whileAtWork(attempt, async (taskId) => {
        assert.equal(await attempt.driver.status(taskId), 'working')
      })
      await ended(attempt)
      await untilStatus(attempt, taskId, 'completed')
    },
  },
  'answer an elicitation': {
    verb: 'elicit',
    run: async ({ driver, recorder, run }) => {
      assert.match(await driver.elicit({ name: 'form', args: { run } }, ANN), /Hello Ann/)
      assert.deepEqual(recorder.counts(run), { before: 1, after: 1 })
    },
  },
  'answer a sampling with tools': {
    verb: 'sample',
    run: async ({ driver, recorder, run }) => {
      const prompt = toPrompt({ run, turns: [[{ tool: 'put', what: 'one' }]] })
      assert.match(await driver.sample({ name: 'caller_agent', args: { prompt } }), new RegExp(`${run}/one is done`))
      assert.deepEqual(recorder.counts(run), { one: 1 })
    },
  },
  cancel: {
    verb: 'cancel',
    run: async (attempt) => {
      const { driver, recorder, run } = attempt
      const what = `${run}/one`
      const taskId = await driver.submit({ name: 'wait', args: { what } })
      await recorder.first(what, 'begun')
      await driver.cancel(taskId)
      await recorder.first(what, 'aborted')
      await untilStatus(attempt, taskId, 'cancelled')
    },
  },
  list: {
    verb: 'list',
    run: async (attempt) => {
      await whileAtWork(attempt, async (taskId) => {
        assert.ok((await attempt.driver.list()).includes(taskId), 'The list does not have the task.')
      })
    },
  },
  'resume after a restart': {
    verb: 'result',
    run: async (attempt) => {
      const { driver, restart, run } = attempt
      const taskId = await whileAtWork(attempt, async (taskId) => {
        await restart()
        assert.equal(await driver.status(taskId), 'working')
      })
      assert.match(await driver.result(taskId), new RegExp(`${run}/one is done`))
      await ended(attempt)
    },
  },
  'answer after a restart': {
    verb: 'answer',
    run: async (attempt) => {
      const { driver, restart, recorder, run } = attempt
      const taskId = await driver.submit({ name: 'form', args: { run } })
      await recorder.first(`${run}/before`, 'ended')
      await untilStatus(attempt, taskId, 'input_required')
      await restart()
      assert.match(await driver.answer(taskId, ANN), /Hello Ann/)
      assert.deepEqual(recorder.counts(run), { before: 1, after: 1 })
    },
  },
} as const satisfies Readonly<Record<string, StepDefinition>>

export type Step = keyof typeof STEPS

export const STEP_NAMES = Object.keys(STEPS) as readonly Step[]

/** Submits a task, and acts while it stands in the middle of its only effect. @returns its id, when it may go on */
async function whileAtWork(
  { driver, recorder, run }: Attempt,
  act: (taskId: string) => Promise<void> = async () => {},
): Promise<string> {
  const what = `${run}/one`
  const { reached, open } = recorder.hold(what)
  try {
    const taskId = await driver.submit({ name: 'put_step', args: { what } })
    await reached
    await act(taskId)
    return taskId
  } finally {
    open()
  }
}

async function ended({ recorder, run }: Attempt): Promise<void> {
  await recorder.first(`${run}/one`, 'ended')
  assert.deepEqual(recorder.counts(run), { one: 1 })
}

async function untilStatus({ driver, signal }: Attempt, taskId: string, wanted: string): Promise<void> {
  while ((await driver.status(taskId)) !== wanted) signal.throwIfAborted()
}
