import { text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { writeProject } from '../test/project.ts'
import { createModels } from './models.ts'

const conversation = { messages: [{ role: 'user', content: [text('Hello.')] }], options: { maxTokens: 9 } } as const

function slowModel() {
  const folder = writeProject({ 'slow.yaml': '- { say: Hm, delayMs: 600000 }' })
  const generate = createModels({ env: {}, folder }).choose('scripted:slow.yaml')
  if (generate === 'caller') throw new Error('unreachable')
  return generate
}

test('a call whose task has ended rejects with the reason of that', async () => {
  const abort = new AbortController()
  const answer = slowModel()(conversation, { signal: abort.signal })
  const reason = new Error('cancelled')
  abort.abort(reason)
  await expect(answer).rejects.toBe(reason)
})
