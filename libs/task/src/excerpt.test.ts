import { expect, test } from 'vitest'
import { text } from './content.ts'
import { excerptOf, isOversized } from './excerpt.ts'
import { resultText } from './result-text.ts'
import { shortenMiddle } from './shorten-middle.ts'

const limits = { textBytes: 100, mediaBytes: 50 }
const whole = { name: 't1.1', uri: 'longhaul://tasks/x/results/t1.1' }
const link = expect.objectContaining({ type: 'resource_link', name: 't1.1', uri: whole.uri })
const image = (length: number) => ({ type: 'image', mimeType: 'image/png', data: 'A'.repeat(length) }) as const

test('a long text is its beginning and its end, with how much is missing, and a link', () => {
  const result = { content: [text('a'.repeat(90)), text('b'.repeat(109))], structuredContent: { a: 1 }, isError: true }
  expect(isOversized(result, limits)).toBe(true)
  const shown = excerptOf(result, limits, whole)
  expect(shown).toEqual({ isError: true, content: [{ type: 'text', text: expect.any(String) }, link] })
  expect(shown.content[0]?.text).toMatch(/^a{50}\[… characters 50 to 158 of 208 are left out here …\]b{42}\n\{"a":1\}$/)
})

test('what is structured counts once', () => {
  const structuredContent = { words: 'a'.repeat(60) }
  const pretty = text(JSON.stringify(structuredContent, null, 2))
  expect(isOversized({ content: [pretty], structuredContent }, limits)).toBe(false)
  expect(resultText({ content: [pretty], structuredContent })).toBe(pretty.text)
  expect(isOversized({ content: [text('a'.repeat(60))], structuredContent }, limits)).toBe(true)
  expect(isOversized({ content: [], structuredContent }, limits)).toBe(false)
})

test('a text is measured in bytes, and no character is cut in two', () => {
  const words = '😀'.repeat(40)
  const shown = excerptOf({ content: [text(words)] }, limits, whole).content[0]?.text
  expect(shown).toMatch(/^(😀){12}\[… characters 24 to 54 of 80 are left out here …\](😀){13}$/u)
  expect(shortenMiddle('a😀b', 2)).toBe('a[… characters 1 to 3 of 4 are left out here …]b')
  expect(shortenMiddle('short', 5)).toBe('short')
})

test('media are shown as long as they fit, and told of where they do not', () => {
  const result = { content: [text('Look:'), image(30), image(30), image(20)] }
  expect(isOversized(result, limits)).toBe(true)
  expect(isOversized({ content: [image(50)] }, limits)).toBe(false)
  expect(excerptOf(result, limits, whole).content).toEqual([
    text('Look:'),
    image(30),
    { type: 'text', text: expect.stringMatching(/^\[image image\/png, 22 bytes: left out/) },
    image(20),
    link,
  ])
})
