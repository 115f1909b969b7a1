import type { TaskEvent } from '@longhaul/task'
import { expect, test } from 'vitest'
import {
  AGAIN_ID,
  AGENT_ID,
  at,
  calls,
  effect,
  FLOW_ID,
  fault,
  goodEvidence,
  intent,
  RETRY_ID,
  spends,
  UNDO_ID,
  value,
  withBudget,
  withCalled,
  withChanged,
  withChild,
  withElder,
  withTask,
} from '../../test/good-evidence.ts'
import type { Evidence, TaskEvidence } from '../evidence.ts'
import { CHECKS } from './index.ts'
import { recoveryTimes } from './recovery.ts'

test('every check holds for a run in which everything went as promised', () => {
  const evidence = goodEvidence()
  expect(CHECKS.map(({ name, judge }) => [name, judge(evidence).problems])).toEqual(
    CHECKS.map(({ name }) => [name, []]),
  )
})

test('a call that was begun again before it had taken a step is on record, and no step of its program', () => {
  const question = value(6600, '!run!1', 'question', { action: 'accept', content: { decision: 'repeat' } })
  const evidence = withTask(({ journal }) => ({ journal: [question, intent(6601, '!run', 'run', 2), ...journal] }))
  const journal = CHECKS.find(({ name }) => name === 'journal')
  expect(journal?.judge(evidence).problems).toEqual([])
})

test('a first call that the store may have forgotten is asked about, and is no second one', () => {
  const supposed = { ...intent(6600, '!run', 'run', 1), supposed: 1 } as const
  const answer = value(7000, '!run!1', 'question', { action: 'accept', content: { decision: 'repeat' } })
  const permission = CHECKS.find(({ name }) => name === 'permission')
  const problems = (...journal: TaskEvidence['journal']) =>
    permission?.judge(
      withTask(({ planned: { label, person, isSubmittedTwice } }) => ({
        planned: { label, person, isSubmittedTwice, kind: 'post', ms: 1 },
        effects: [],
        journal,
      })),
    ).problems
  expect(problems(supposed, answer, intent(7001, '!run', 'run', 2))).toEqual([])
  expect(problems(supposed, intent(7001, '!run', 'run', 2))).toHaveLength(1)
})

test('a call that was approved before it was made is no problem', () => {
  const approval = CHECKS.find(({ name }) => name === 'approval')
  expect(approval?.judge(withCall({ decision: 'approve', ms: 7999 })).problems).toEqual([])
})

test.each(['continue', 'ask'] as const)('a task that says %s may go on with other code', (policy) => {
  const check = CHECKS.find(({ name }) => name === 'code change')
  expect(check?.judge(withElder(policy, 102)).problems).toEqual([])
})

test('a worker that was out of reach when a task was paused may begin what it had not heard not to', () => {
  const { faults } = goodEvidence()
  const frozen = { ...LONG_PAUSE, faults: [...faults, fault('stall-worker', 102, 28_000)] }
  const check = CHECKS.find(({ name }) => name === 'pause')
  const begun = (evidence: Evidence) => check?.judge(evidence).problems.filter(({ says }) => says.includes('was begun'))
  expect(begun(LONG_PAUSE)).toHaveLength(2)
  expect(begun(frozen)).toEqual([])
})

test('recovery is measured of tasks that were not lost right before', () => {
  const again = event(5, 9000, { type: 'claimed', worker: 'w1' })
  const evidence = withTask(({ events }) => ({ events: [...events.slice(0, 4), again] }))
  const faults = [fault('kill-worker', 101, 1000, 'calm'), fault('kill-worker', 102, 7000, 'calm')]
  expect(recoveryTimes({ ...evidence, faults }, 'calm')).toEqual([5500])
})

test('a step of a task that its worker had lost before it was asked to end counts for nothing', () => {
  const drain = CHECKS.find(({ name }) => name === 'drain')
  const problems = (ms: number) => drain?.judge(changed({ faults: [fault('drain-worker', 101, ms)] })).problems
  expect(problems(6510)).toEqual([])
  expect(problems(6490)).toHaveLength(1)
})

const S1 = [value(7000, 's1', 'step', 1)]

/** An agent that has made a call, 8 s after it was submitted, on this answer. */
const withCall = ({ decision, ms }: { readonly decision: string; readonly ms: number }): Evidence =>
  withTask(({ planned: { label, person, isSubmittedTwice } }) => ({
    planned: {
      ...{ label, person, isSubmittedTwice, kind: 'agent', tool: 'caller_agent' },
      script: { label, turns: [[{ tool: 'post', ms: 1 }]] },
    },
    effects: [effect(1, 't1.1', { begunAt: at(8000) })],
    journal: [value(ms, 't1.1.approval', 'question', { action: 'accept', content: { decision } })],
  }))

const event = (seq: number, ms: number, members: object): TaskEvent => ({ seq, at: at(ms), ...members }) as TaskEvent
const changed = (changes: Partial<Evidence>): Evidence => ({ ...goodEvidence(), ...changes })
const finished = (seq: number) => event(seq, 9000, { type: 'finished', status: 'completed' })

/** Long enough for a worker to hear of it. */
const LONG_PAUSE = changed({ pauses: [{ taskId: FLOW_ID, toldAt: at(28_500), resumedAt: at(30_289) }] })

const BAD: readonly (readonly [check: string, what: string, evidence: Evidence, says: string])[] = [
  [
    'submitted once',
    'two tasks of one submission',
    changed({ tasks: [...goodEvidence().tasks, ...goodEvidence().tasks] }),
    'task-1 was made 2 times',
  ],
  [
    'submitted once',
    'a client that is told of another task the second time',
    changed({ submissions: [{ label: 'task-1', taskIds: ['one', 'other'] }] }),
    'the client of task-1 was told of 2 tasks',
  ],
  ['ended once', 'a task that still works', withTask(() => ({ status: 'working' })), 'has not ended'],
  [
    'ended once',
    'a task that is finished twice',
    withTask(({ events }) => ({ events: [...events, finished(12)] })),
    'was finished 2 times',
  ],
  [
    'ended once',
    'something that happens after the end',
    withTask(({ events }) => ({ events: [...events, event(12, 9000, { type: 'log' })] })),
    'goes on after its end: log',
  ],
  [
    'ended once',
    'a terminal status that changes',
    withTask(({ seen }) => ({ seen: { ...seen, statuses: ['working', 'failed', 'completed'] } })),
    'was failed, and then completed',
  ],
  ['ended once', 'an end without an outcome', withTask(() => ({ outcome: undefined })), 'has no outcome'],
  ['ended once', 'a cancellation that nobody asked for', withTask(() => ({ status: 'cancelled' })), 'nobody asked'],
  [
    'ended once',
    'a cancellation that was promised and did not hold',
    withTask(({ seen }) => ({ seen: { ...seen, cancel: { toldAt: at(1) } } })),
    'was told that it is cancelled',
  ],
  [
    'attempts',
    'an effect of a step to be asked about, without an intent',
    withTask(({ journal }) => ({ journal: journal.filter(({ type, key }) => type !== 'intent' || key !== 'i4/p5') })),
    'i4/p5 was done 1 times, with 0 attempts on record',
  ],
  [
    'attempts',
    'more effects than claims',
    withTask(({ effects }) => ({
      effects: [...effects, effect(5, 's2', { activation: 'a' }), effect(6, 's2', { activation: 'b' })],
    })),
    's2 was done 3 times, with 2 attempts on record',
  ],
  [
    'attempts',
    'a step done twice in one activation',
    withTask(({ effects }) => ({ effects: [...effects, effect(5, 's2')] })),
    's2 was done twice in one activation',
  ],
  [
    'attempts',
    'another idempotency key',
    withTask(({ effects }) => ({ effects: effects.map((one) => ({ ...one, idempotencyKey: 'other' })) })),
    'was done under the key other',
  ],
  [
    'attempts',
    'an effect of a step that is not in the program',
    withTask(({ effects }) => ({ effects: [...effects, effect(5, 's9')] })),
    's9 has an effect, and is no step of the plan',
  ],
  [
    'permission',
    'a second time although the answer was no',
    withTask(({ journal }) => ({
      journal: journal.map((one) =>
        one.key === 's1!1' ? value(7000, 's1!1', 'question', { action: 'accept', content: { decision: 'fail' } }) : one,
      ),
    })),
    's1 was done 2 times, and was allowed to be done again 0 times',
  ],
  ['approval', 'a call that was denied', withCall({ decision: 'deny', ms: 7000 }), 't1.1 was done 1 times unapproved'],
  [
    'approval',
    'a call that was approved when it was made',
    withCall({ decision: 'approve', ms: 8001 }),
    't1.1 was done 1 times unapproved',
  ],
  [
    'permission',
    'a second attempt that nobody was asked about',
    withTask(({ journal }) => ({ journal: [...journal, intent(8450, 'i4/p5', 'tool', 2)] })),
    'i4/p5 was attempted 2 times',
  ],
  [
    'permission',
    'attempts that are not counted',
    withTask(({ journal }) => ({
      journal: journal.map((one) => (one.type === 'intent' ? { ...one, attempt: 1 } : one)),
    })),
    's1 was attempted as number 1, 1',
  ],
  [
    'not again',
    'a journaled step that the next worker does once more',
    withTask(({ journal }) => ({
      journal: journal.map((one) => (one.type === 'value' && one.key === 's1' ? value(40, 's1', 'step', 1) : one)),
    })),
    's1 was done again (receipt 2) although its value was journaled (receipt 1)',
  ],
  [
    'journal',
    'two outcomes of a step',
    withTask(({ journal }) => ({ journal: [...journal, value(9000, 's2', 'step', 3)] })),
    'has 2 outcomes of s2',
  ],
  [
    'journal',
    'a value that no effect gave',
    withTask(({ effects }) => ({ effects: effects.filter(({ step }) => step !== 's2') })),
    'has the receipt 3 for s2',
  ],
  [
    'journal',
    'a value of an effect that never came to its end',
    withTask(({ effects }) => ({
      effects: effects.map(({ endedAt, ...one }) => (one.step === 's2' ? one : { ...one, endedAt: endedAt ?? 0 })),
    })),
    'has a value of s2, which had not come to its end',
  ],
  [
    'journal',
    'a value of an effect that failed',
    withTask(({ effects }) => ({ effects: effects.map((one) => ({ ...one, hasFailed: true as const })) })),
    'has the value 3 of s2, which had failed',
  ],
  [
    'journal',
    'a failed attempt that did not fail',
    withTask(({ journal }) => ({ journal: [...journal, value(8250, 's2!r1', 'retry', { attempt: 1 })] })),
    'has 1 failed attempts of s2 on record, of which 0 failed',
  ],
  [
    'journal',
    'a completed task that left out a step',
    withTask(({ journal }) => ({ journal: journal.filter(({ key }) => key !== 'i4/z6') })),
    'is completed without an outcome of i4/z6',
  ],
  [
    'journal',
    'a record of another kind',
    withTask(({ journal }) => ({
      journal: journal.map((one) => (one.key === 's2' ? { ...one, kind: 'model' } : one)),
    })),
    'has a record (value) of s2 as a model, which is a step',
  ],
  [
    'journal',
    'a record of a step that is not in the program',
    withTask(({ journal }) => ({ journal: [...journal, value(8650, 's9', 'step', 9)] })),
    'has a record of s9, which is no step of its program',
  ],
  [
    'journal',
    'a step that failed of itself',
    withTask(({ journal }) => ({
      journal: journal.map((one) =>
        one.key === 's2' ? { ...one, type: 'error', error: { message: 'out of order' } } : one,
      ) as typeof journal,
    })),
    'has s2 failed: out of order',
  ],
  [
    'result',
    'a result that its steps do not make',
    withTask(({ journal }) => ({
      journal: journal.map((one) => (one.type === 'value' && one.key === 's2' ? { ...one, value: 7 } : one)),
    })),
    'its journal makes {"values":[2,[[7],["tea"]],[4],[5]]}',
  ],
  [
    'result',
    'a client that was told something else',
    withTask(({ seen }) => ({ seen: { ...seen, told: { result: { content: [] } } } })),
    'its client was told',
  ],
  [
    'result',
    'a task that failed',
    withTask(() => ({ outcome: { kind: 'error', error: { message: 'journal_mismatch' } } })),
    'failed: journal_mismatch',
  ],
  [
    'result',
    'a task that is given up although few workers were lost with it',
    withTask(() => ({ outcome: { kind: 'error', error: { message: 'worker_lost: 5 workers' } } })),
    'failed before 5 workers in a row were lost',
  ],
  [
    'result',
    'a task whose result is an error',
    withTask(({ outcome }) => ({
      outcome: {
        kind: 'result',
        result: { ...(outcome?.kind === 'result' ? outcome.result : { content: [] }), isError: true },
      },
    })),
    'failed: {',
  ],
  ['questions', 'a wait that is still there', withTask(() => ({ openWaits: ['q3'] })), 'q3 is still open'],
  [
    'questions',
    'a question that was never answered',
    withTask(({ journal }) => ({ journal: journal.filter(({ key }) => key !== 'q3') })),
    'q3 was never answered',
  ],
  [
    'questions',
    'an answer that nobody gave',
    withTask(({ answers }) => ({ answers: answers.filter(({ key }) => key !== 'q3') })),
    'has an answer to q3 that its client did not give',
  ],
  [
    'questions',
    'an answer that was changed',
    withTask(({ answers }) => ({
      answers: answers.map((one) => ({ ...one, answer: { ...one.answer, content: {} } })),
    })),
    'has an answer to q3 that its client did not give',
  ],
  [
    'questions',
    'an answer to what was not asked',
    withTask(({ events }) => ({ events: events.filter(({ type }) => type !== 'asked') })),
    'has an answer to q3, which was not asked',
  ],
  [
    'questions',
    'a question that is asked twice',
    withTask(({ events }) => ({ events: [...events, ...events.filter(({ type }) => type === 'asked')] })),
    'asked q3 2 times',
  ],
  ['children', 'a task that nobody called', changed({ strangers: ['x'] }), 'is a child that nobody called'],
  [
    'children',
    'a call with an outcome and no child',
    changed({ tasks: goodEvidence().tasks.slice(0, 1) }),
    'has an outcome of c7, and 0 children',
  ],
  [
    'children',
    'a parent that was told something else',
    withTask(({ journal }) => ({
      journal: journal.map((one) => (one.key === 'c7' ? value(8750, 'c7', 'child', { content: [] }) : one)),
    })),
    'task-1:c7 came to something else than its parent was told',
  ],
  [
    'children',
    'a parent that was not told',
    withTask(({ journal }) => ({ journal: journal.filter(({ key }) => key !== 'c7') })),
    'task-1:c7 ended, and its parent was not told',
  ],
  [
    'children',
    'a child that failed, of which its parent has a value',
    withChild(() => ({ outcome: { kind: 'error', error: { message: 'worker_lost' } }, status: 'failed' })),
    'is failed, and its parent has it as value',
  ],
  [
    'children',
    'a child that was cancelled alone',
    withChild(() => ({ status: 'cancelled', outcome: { kind: 'cancelled', reason: 'no' } })),
    'was cancelled, and its parent went on',
  ],
  ['ended once', 'a child that still works', withChild(() => ({ status: 'working' })), 'task-1:c7 has not ended'],
  ['takeover', 'a worker that nothing had happened to', changed({ faults: [] }), 'that nothing had happened to'],
  [
    'takeover',
    'a lease that is not honoured',
    withTask(({ events }) => ({ events: events.map((one) => (one.seq === 4 ? { ...one, at: at(2000) } : one)) })),
    'was taken over 1990 ms after it had been claimed',
  ],
  [
    'takeover',
    'a freeze that was over long before',
    changed({ faults: [fault('freeze-worker', 101, -9000)] }),
    'that nothing had happened to',
  ],
  [
    'takeover',
    'a store that was back soon',
    changed({ faults: [fault('restart-store', -1, 2000)] }),
    'that nothing had happened to',
  ],
  [
    'continuity',
    'a loss that there was not',
    changed({ losses: 1 }),
    'taken 1 times that the store had lost something',
  ],
  [
    'drain',
    'an effect that counts for nothing because its worker was asked to end',
    withTask(({ journal }) => ({
      journal: journal.map((one) => (one.type === 'value' && one.key === 's2' ? { ...one, value: 9 } : one)),
    })),
    's2 was done (receipt 3) while its worker was drained',
  ],
  [
    'budget',
    'more that is held than the limit allows',
    withBudget((ledger) => ({
      ledger: ledger.map((one) => (one.kind === 'reserve' && one.step === 'c7' ? spends('reserve', 'c7', 2) : one)),
    })),
    'After entry 5 4 toolCalls are used and held, and the most is 3.',
  ],
  [
    'budget',
    'a reservation that is left in the ledger',
    withBudget((ledger) => ({ ledger: ledger.slice(0, -1), used: calls(2) })),
    'its ledger holds something for aa-good-task-abcdefghijk c7',
  ],
  ['budget', 'a reservation that is left', withBudget(() => ({ held: calls(1) })), 'has ended, and holds 1 toolCalls'],
  ['budget', 'a sum that is another one', withBudget(() => ({ used: calls(4) })), 'its ledger makes 3'],
  [
    'budget',
    'calls that nobody counted',
    withBudget(() => ({ ledger: [], used: calls(0) })),
    'has 0 calls counted, and has made 2',
  ],
  [
    'budget',
    'a limit where there is none',
    withTask(({ planned: { budget: _, ...planned }, journal }) => ({
      planned,
      journal: journal.map((one) =>
        one.key === 'c7'
          ? { ...one, type: 'error', error: { message: 'The budget of this task is used up: 1.' } }
          : one,
      ),
    })),
    'has no room for c7, and no budget',
  ],
  [
    'undo',
    'what is not undone',
    withCalled('undo:book.1', () => ({ effects: [] })),
    'task-2 did book.1 1 times, 1 of them to be undone, and undid it 0 times',
  ],
  [
    'undo',
    'what is undone twice',
    withCalled('undo:book.0', ({ effects }) => ({
      effects: effects.flatMap((one) => [one, { ...one, receipt: 15, idempotencyKey: 'another' }]),
    })),
    'task-2 did book.0 1 times, 1 of them to be undone, and undid it 2 times',
  ],
  [
    'undo',
    'what is undone without having been done',
    withCalled('book.0', ({ effects }) => ({ effects: effects.map((one) => ({ ...one, hasFailed: true })) })),
    'task-2 did book.0 0 times, 0 of them to be undone, and undid it 1 times',
  ],
  [
    'undo',
    'what is undone although it was to be kept',
    withChanged(FLOW_ID, ({ journal }) => ({
      journal: journal.map((one) =>
        one.key === 'keep' ? value(30_300, 'keep', 'question', { content: { decision: 'approve' } }) : one,
      ),
    })),
    'task-2 did book.0 1 times, 0 of them to be undone, and undid it 1 times',
  ],
  [
    'undo',
    'a workflow that succeeds although somebody denied',
    withChanged(FLOW_ID, () => ({ outcome: { kind: 'result', result: { content: [] } } })),
    'has succeeded, and nobody agreed',
  ],
  [
    'pause',
    'a task that is taken while it is paused',
    changed({ pauses: [{ taskId: FLOW_ID, toldAt: at(30_200), resumedAt: at(30_289) }] }),
    'task-2 was taken 10 ms after it was paused',
  ],
  [
    'pause',
    'one below it that is',
    changed({ pauses: [{ taskId: FLOW_ID, toldAt: at(30_140), resumedAt: at(30_289) }] }),
    'task-2:book.1 was taken 9 ms after it was paused',
  ],
  [
    'pause',
    'a step that is begun by who has heard of it',
    LONG_PAUSE,
    's1 was begun (receipt 12) 1650 ms after it was',
  ],
  [
    'pause',
    'a task that is not resumed',
    changed({ pauses: [{ taskId: FLOW_ID, toldAt: at(30_231) }] }),
    'was paused, and never resumed',
  ],
  [
    'pause',
    'a pause that nobody wrote down',
    withChanged(FLOW_ID, ({ events }) => ({ events: events.filter(({ type }) => type !== 'paused') })),
    'task-2 was paused by its client, and has no event of it',
  ],
  [
    'cancel',
    'a task below it that is taken later',
    withChanged(AGAIN_ID, ({ seen }) => ({ seen: { ...seen, cancel: { toldAt: at(31_000) } } })),
    'task-2:book.0 was taken 49 ms after it was cancelled',
  ],
  [
    'steering',
    'a message that was not heard',
    withChanged(AGENT_ID, ({ answers, outcome }) => ({
      answers: answers.slice(0, 1),
      outcome: outcome?.kind === 'result' ? { kind: 'result', result: { content: [] } } : outcome,
    })),
    'task-3 has ended, and its model had not heard <task-3 once> once',
  ],
  [
    'steering',
    'a message that was heard twice',
    withChanged(AGENT_ID, ({ answers }) => ({
      answers: answers.map((one) => ({ ...one, answer: { content: [one.answer, one.answer] } })),
    })),
    'heard <task-3 once> 2 times in m2',
  ],
  [
    'steering',
    'a message that is forgotten',
    withChanged(AGENT_ID, ({ answers }) => ({
      answers: [...answers, { taskId: AGENT_ID, key: 'm3', at: at(40_350), answer: {} }],
    })),
    'heard <task-3 once> in m2, and not in m3',
  ],
  [
    'undo',
    'what a cancelled workflow did and nobody undid',
    changed({ tasks: goodEvidence().tasks.filter(({ taskId }) => taskId !== UNDO_ID) }),
    'task-2 did book.0 1 times, 1 of them to be undone, and undid it 0 times',
  ],
  [
    'undo',
    'what it calls after its end',
    withChanged(AGAIN_ID, ({ events }) => ({
      events: events.map((one) => (one.type === 'finished' ? { ...one, at: at(31_040) } : one)),
    })),
    'task-2 called book.0 after its end',
  ],
  ['retry', 'a failure that is not retried', changed({ tasks: goodEvidence().tasks.slice(0, 7) }), 'has 0 retries'],
  [
    'retry',
    'a step that its retry does again',
    withChanged(RETRY_ID, ({ effects }) => ({ effects: effects.map((one) => ({ ...one, step: 's1' })) })),
    'task-4 did s1 again, which had ended in aa-good-first-bcdefghijk',
  ],
  ['retry', 'keys that are others', withChanged(RETRY_ID, () => ({ origin: RETRY_ID })), 'goes on under other keys'],
  [
    'retry',
    'keys that are the same for what was undone',
    withChanged(AGAIN_ID, () => ({ origin: FLOW_ID })),
    'does anew what was undone, under the same keys',
  ],
  [
    'code change',
    'no change at all',
    changed({ size: { ...goodEvidence().size, elders: 1 } }),
    'no code changed under a task that says ask',
  ],
  [
    'code change',
    'new code that was not allowed',
    withElder('fail', 102),
    'had effects of the new code, which was not allowed',
  ],
  [
    'code change',
    'an end that is another one',
    withElder('fail', 101),
    'may not go on, and has not failed as code_changed',
  ],
  ['code change', 'a task that stays with the old code', withElder('continue', 101), 'and the new code did nothing'],
  [
    'code change',
    'a failure that nobody wanted',
    withElder('ask', 102, { outcome: { kind: 'error', error: { message: 'code_changed: it was.' } } }),
    'may go on, and has not come to its end',
  ],
  ['code change', 'a question that is missing', withElder('ask', 102, { journal: S1 }), 'was not asked about its code'],
  [
    'events',
    'a gap',
    withTask(({ events }) => ({ events: events.filter(({ seq }) => seq !== 3) })),
    'has the event 4 in place 3',
  ],
  [
    'events',
    'progress that falls',
    withTask(({ events }) => ({
      events: events.map((one) =>
        one.seq === 10 ? event(10, 8500, { type: 'progress', progress: { progress: 1 } }) : one,
      ),
    })),
    'has progress 1, 1',
  ],
  ['keys', 'a key that no rule knows', changed({ keyProblems: ['x fits no key rule'] }), 'x fits no key rule'],
  ['retention', 'tasks that there were not', changed({ shortLived: { tasks: 0, remains: [] } }), 'there were 0 of 1'],
  ['retention', 'a key that is left', changed({ shortLived: { tasks: 1, remains: ['x'] } }), 'x is left'],
  [
    'processes',
    'an exit code',
    changed({ exits: [{ name: 'worker 1', code: 1 }] }),
    'worker 1 was asked to end and did so with 1',
  ],
  ['processes', 'what a coordinator said', changed({ clientProblems: ['HTTP 400'] }), 'HTTP 400'],
  [
    'processes',
    'a process that ended by itself',
    changed({ processes: goodEvidence().processes.map((one) => ({ ...one, endedUnasked: 'exit code 1' })) }),
    'worker 1 (process 101) ended by itself: exit code 1',
  ],
  ['recovery', 'nothing to measure', changed({ faults: [] }), 'no task was interrupted'],
  [
    'recovery',
    'a task that goes on late',
    withTask(({ events }) => ({ events: events.map((one) => (one.seq === 4 ? { ...one, at: at(11_500) } : one)) })),
    'the longest is 10500 ms',
  ],
  [
    'recovery',
    'a median that is too long',
    {
      ...withTask(({ events }) => ({ events: events.map((one) => (one.seq === 4 ? { ...one, at: at(7001) } : one)) })),
      size: { ...goodEvidence().size, calmKills: 8 },
    },
    'p50 is 6001 ms',
  ],
  ['coverage', 'too few refused writes', changed({ refusedWrites: 0 }), 'refusedWrites: 0, and at least 1 are wanted'],
]

test.each(BAD)('%s: objects to %s', (name, _what, evidence, says) => {
  const check = CHECKS.find((one) => one.name === name)
  const problems = check?.judge(evidence).problems.map((problem) => problem.says)
  expect(problems).toContainEqual(expect.stringContaining(says))
})

test('every check has something that it objects to', () => {
  expect(new Set(BAD.map(([name]) => name))).toEqual(new Set(CHECKS.map(({ name }) => name)))
})
