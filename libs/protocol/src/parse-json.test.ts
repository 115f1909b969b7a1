import { expect, test } from 'vitest'
import { parseJson } from './parse-json.ts'

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

test('reads JSON as deep as anybody writes it', () => {
  expect(parseJson('{"a":[1]}')).toEqual({ a: [1] })
  expect(parseJson(nested(200))).toEqual(JSON.parse(nested(200)))
  expect(parseJson(`[${'[],'.repeat(1000)}{}]`)).toHaveLength(1001)
  expect(parseJson(JSON.stringify('[{"\\'.repeat(1000)))).toBe('[{"\\'.repeat(1000))
})

test.each([nested(201), `"\\\\"${nested(300)}`, '[{"a":'.repeat(500_000)])(
  'refuses what is nested too deeply',
  (text) => {
    expect(() => parseJson(text)).toThrow(
      expect.objectContaining({ code: -32600, message: 'The message is nested more than 200 levels deep.' }),
    )
  },
)

test.each(['', '{', 'undefined', "{'a':1}", '{"a":1}x'])('refuses what is not JSON: %j', (text) => {
  expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: -32700, message: 'The message is not JSON.' }))
})
