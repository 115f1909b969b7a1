import { expect, test } from 'vitest'
import { resolveModel } from './index.ts'

test('names the model as it was asked for', () => {
  expect(resolveModel('openai/gpt-test', { OPENAI_API_KEY: 'k' }).id).toBe('openai/gpt-test')
})

test.each([
  ['gpt-test', {}, "'gpt-test' names no model. Write provider/model"],
  ['openai/', {}, "'openai/' names no model."],
  ['/gpt-test', {}, "'/gpt-test' names no model."],
  ['mistral/large', {}, "there is no provider 'mistral'. Write anthropic/…, openai/…, google/…,"],
  ['toString/large', {}, "there is no provider 'toString'."],
  ['anthropic/m', {}, "'anthropic/m' needs a key. Set ANTHROPIC_API_KEY"],
  ['anthropic/m', { OPENAI_API_KEY: 'k' }, 'Set ANTHROPIC_API_KEY'],
  ['openai/m', { OPENAI_API_KEY: ' ' }, 'Set OPENAI_API_KEY'],
  ['compatible/m', { OPENAI_API_KEY: 'k' }, 'Set OPENAI_COMPATIBLE_BASE_URL'],
  ['compatible/m', { OPENAI_COMPATIBLE_BASE_URL: 'localhost:8080' }, 'OPENAI_COMPATIBLE_BASE_URL is no URL.'],
  ['google/m', { GOOGLE_API_KEY: 'k' }, 'Set GOOGLE_GENERATIVE_AI_API_KEY'],
  ['openai/m', { OPENAI_API_KEY: 'k\nl' }, 'OPENAI_API_KEY has characters that no key has'],
])('refuses %s with %o', (name, env, message) => {
  expect(() => resolveModel(name, env)).toThrow(message)
})
