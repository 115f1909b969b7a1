import { text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { writeProject } from '../test/project.ts'
import { createModels } from './models.ts'

const conversation = { messages: [{ role: 'user', content: [text('Hello.')] }], options: { maxTokens: 9 } } as const

function slowModel(modelTimeoutMs: number) {
  const folder = writeProject({ 'slow.yaml': '- { say: Hm, delayMs: 600000 }' })
  const generate = createModels({ env: {}, folder, modelTimeoutMs }).choose('scripted:slow.yaml')
  if (generate === 'caller') throw new Error('unreachable')
  return generate
}

test('a model that takes too long fails with the limit, and how to set it', async () => {
  const { signal } = new AbortController()
  await expect(slowModel(10)(conversation, { signal })).rejects.toThrow(
    'The model gave no answer within 10 ms (LONGHAUL_MODEL_TIMEOUT_MS).',
  )
})

test('a call whose task has ended rejects with the reason of that', async () => {
  const abort = new AbortController()
  const answer = slowModel(600_000)(conversation, { signal: abort.signal })
  const reason = new Error('cancelled')
  abort.abort(reason)
  await expect(answer).rejects.toBe(reason)
})
