import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chooseModel, ModelChoiceError } from './index.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'models-'))
  await writeFile(join(folder, 'demo.yaml'), '- say: Hello.\n')
  await writeFile(join(folder, 'broken.yaml'), '- say: Hello.\n- shout: Hello!\n')
})
afterAll(() => rm(folder, { recursive: true }))

const both = { ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'b' }
test.each([
  ['caller', {}, 'caller'],
  ['caller', both, 'caller'],
  [undefined, {}, 'caller'],
  ['auto', { OPENAI_COMPATIBLE_BASE_URL: 'http://127.0.0.1/v1' }, 'caller'],
  ['auto', both, 'anthropic/claude-sonnet-5-5'],
  [' ', { OPENAI_API_KEY: 'b' }, 'openai/gpt-6.1-sol'],
  ['openai/gpt-test', both, 'openai/gpt-test'],
  [undefined, { ...both, LONGHAUL_MODEL: 'openai/gpt-test' }, 'openai/gpt-test'],
  ['auto', { ...both, LONGHAUL_MODEL: 'auto' }, 'anthropic/claude-sonnet-5-5'],
  ['auto', { ...both, LONGHAUL_MODEL: 'caller' }, 'caller'],
  ['auto', { ...both, LONGHAUL_MODEL: 'scripted:demo.yaml' }, 'scripted:demo.yaml'],
  ['scripted:demo.yaml', {}, 'scripted:demo.yaml'],
  ['auto', { LONGHAUL_MODEL_WITHOUT_KEY: 'scripted:demo.yaml' }, 'scripted:demo.yaml'],
  ['auto', { LONGHAUL_MODEL_WITHOUT_KEY: 'auto' }, 'caller'],
  ['auto', { ...both, LONGHAUL_MODEL_WITHOUT_KEY: 'scripted:demo.yaml' }, 'anthropic/claude-sonnet-5-5'],
])('takes for %s with %o: %s', (requested, env, chosen) => {
  const choice = chooseModel(requested, { env, folder })
  expect(choice.kind === 'caller' ? 'caller' : choice.model.id).toBe(chosen)
})

test('says what to set for a model that LONGHAUL_MODEL names', () => {
  expect(() => chooseModel('auto', { env: { LONGHAUL_MODEL: 'openai/gpt-test' }, folder })).toThrow(
    'Set OPENAI_API_KEY',
  )
})

test('says which script is missing', () => {
  expect(() => chooseModel('scripted:none.yaml', { env: {}, folder })).toThrow(
    "The script 'none.yaml' cannot be read (ENOENT).",
  )
})

test('lists the mistakes of a script', () => {
  const choose = () => chooseModel('scripted:broken.yaml', { env: {}, folder })
  expect(choose).toThrow(ModelChoiceError)
  expect(choose).toThrow('broken.yaml:2:3: error: ')
})
