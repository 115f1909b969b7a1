import { readSettings, text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { writeProject } from '../test/project.ts'
import { createModels } from './models.ts'

const conversation = { messages: [{ role: 'user', content: [text('Hello.')] }], options: { maxTokens: 9 } } as const

const noPauses = { remainingMs: async () => 0, pause: async () => {} }
const models = (env: NodeJS.ProcessEnv, folder = '.') =>
  createModels({ env, folder, settings: readSettings({}), pauses: noPauses, prices: () => ({}) })

function slowModel() {
  const folder = writeProject({ 'slow.yaml': '- { say: Hm, delayMs: 600000 }' })
  const generate = models({}, folder).choose('scripted:slow.yaml')
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

test('the model of whoever calls stands alone', () => {
  expect(models({}).choose(['caller'])).toBe('caller')
  expect(() => models({ OPENAI_API_KEY: 'k' }).choose(['openai/gpt-test', 'caller'])).toThrow(
    'cannot be one of several: openai/gpt-test, caller.',
  )
})

test('the window of a model is known, by the project first, and for whoever calls by a setting', () => {
  const of = (name: string | string[], prices = {}, env = { ANTHROPIC_API_KEY: 'k' }) =>
    createModels({ env, folder: '.', settings: readSettings({}), pauses: noPauses, prices: () => prices }).windowOf(
      name,
    )
  expect(of('anthropic/claude-sonnet-4-5')).toBe(200_000)
  expect(of(['anthropic/claude-sonnet-4-5', 'openai/gpt-6-sol'])).toBe(200_000)
  expect(of('anthropic/claude-sonnet-4-5', { 'anthropic/claude-sonnet-4-5': { window: 9 } })).toBe(9)
  expect(of('caller')).toBe(200_000)
  const unknown = ['anthropic/unknown', 'openai/gpt-6-sol', 'scripted:nowhere.yaml']
  expect(unknown.map((name) => of(name))).toEqual([undefined, undefined, undefined])
})

test('each model of a list must be usable', () => {
  expect(() => models({ OPENAI_API_KEY: 'k' }).choose(['openai/gpt-test', 'anthropic/m'])).toThrow(
    'Set ANTHROPIC_API_KEY',
  )
})
