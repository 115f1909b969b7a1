import type { Json } from '@longhaul/task'
import { expect, test } from 'vitest'
import { copyJson } from './copy-json.ts'

test('a copy shares nothing, and has every member under its name', () => {
  const text = '{"__proto__":{"a":[1,{"b":null}]},"constructor":{"c":"d"}}'
  const value: Json = JSON.parse(text)
  const copy = copyJson(value)
  expect(JSON.stringify(copy)).toBe(text)
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  for (const member of Object.values(copy ?? {})) Object.assign(member, { changed: true })
  expect(JSON.stringify(value)).toBe(text)
})
