import type { ModelAnswer } from '@longhaul/task'
import { startByteCounter } from '../byte-counter.ts'
import { countWrites } from '../count-writes.ts'
import { type Group, measured } from '../figure.ts'
import { openWorker } from '../longhaul.ts'
import { startBenchStore } from '../start-bench-store.ts'
import { openSubmitter, PRINCIPAL } from '../submitter.ts'

const LIMIT = { of: 'ratio', bound: 'at most', limit: 1.5 } as const

/** What the tool of the project gives, and about what the model says in each turn. */
const MESSAGE_CHARACTERS = 1000

/**
 * An agent on its caller's model, whose conversation grows and grows, and nears the window again and again: what it costs
 * must not grow with its square.
 */
export const conversation: Group = {
  name: 'conversation',
  figures: [
    {
      name: 'conversation',
      what: 'bytes written into the keys of the task, beside the sum of all messages',
      target: LIMIT,
    },
    {
      name: 'conversationRead',
      what: 'bytes that the worker got from the store (claims, and answers to writes), beside the sum of all messages',
      target: LIMIT,
    },
    {
      name: 'conversationWire',
      what: 'bytes sent to the store, keys and tokens included, beside the sum of all messages',
    },
  ],
  async measure({ conversation: { toolCalls } }, note) {
    const store = await startBenchStore()
    const writes = await countWrites(store.redis)
    const [workerSide, submitterSide] = await Promise.all([startByteCounter(store.url), startByteCounter(store.url)])
    const worker = await openWorker(workerSide.url, { concurrency: 1 })
    const submitter = await openSubmitter(submitterSide.url)
    try {
      note(`${toolCalls} turns of the model with a tool call each`)
      const before = { read: workerSide.read, written: workerSide.written + submitterSide.written }
      const taskId = await submitter.submit('reader', { prompt: 'Read.' })
      let summaries = 0
      for (let turn = 1; turn <= toolCalls + 1; ) {
        const [key = ''] = await submitter.asked(taskId)
        const isSummary = key.startsWith('s')
        const answer = isSummary ? SUMMARY : turn <= toolCalls ? lookUp(turn) : LAST
        if (isSummary) summaries++
        else turn++
        await submitter.engine.answer(PRINCIPAL, { taskId, key, reply: { kind: 'answer', answer } })
      }
      await submitter.outcome(taskId)
      note(`${summaries} times what was left out was summed up`)
      const messages = toolCalls * (bytesOf(lookUp(toolCalls)) + bytesOf(RESULT)) + summaries * bytesOf(SUMMARY)
      const written = workerSide.written + submitterSide.written - before.written
      return {
        conversation: measured(await writes.bytesOf(taskId), messages),
        conversationRead: measured(workerSide.read - before.read, messages),
        conversationWire: measured(written, messages),
      }
    } finally {
      await worker.close()
      await submitter.close()
      writes.stop()
      await Promise.all([workerSide.stop(), submitterSide.stop()])
      await store.stop()
    }
  },
}

const lookUp = (turn: number): ModelAnswer => ({
  model: 'bench',
  role: 'assistant',
  content: [{ type: 'tool_use', id: `call_${turn}`, name: 'look_up', input: { note: 'n'.repeat(MESSAGE_CHARACTERS) } }],
  stopReason: 'toolUse',
})

const LAST: ModelAnswer = {
  model: 'bench',
  role: 'assistant',
  content: [{ type: 'text', text: 'That is all.' }],
  stopReason: 'endTurn',
}

const SUMMARY: ModelAnswer = { ...LAST, content: [{ type: 'text', text: 's'.repeat(MESSAGE_CHARACTERS) }] }

/** As the tool of the project gives it. */
const RESULT = { content: [{ type: 'text', text: 'x'.repeat(MESSAGE_CHARACTERS) }] }

const bytesOf = (message: unknown): number => JSON.stringify(message).length
