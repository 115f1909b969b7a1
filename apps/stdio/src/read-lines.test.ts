import { expect, test } from 'vitest'
import { type Line, readLines } from './read-lines.ts'

async function* inChunks(text: string, bytes: number): AsyncGenerator<Buffer> {
  const all = Buffer.from(text)
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes)
}
const read = async (text: string, bytes: number, most = 10): Promise<Line[]> =>
  Array.fromAsync(readLines(inChunks(text, bytes), most))
const line = (text: string): Line => ({ kind: 'line', text })
const TOO_LONG: Line = { kind: 'too long' }

test.each([1, 2, 3, 5, 100])('cuts lines wherever chunks of %i bytes end', async (bytes) => {
  expect(await read('eins\n\nzwölf\r\n最\nend', bytes)).toEqual(['eins', '', 'zwölf\r', '最', 'end'].map(line))
  expect(await read('', bytes)).toEqual([])
})

test.each([1, 4, 100])('drops a line that is too long, and goes on with the next one', async (bytes) => {
  expect(await read('0123456789\n0123456789a\nshort\n', bytes)).toEqual([line('0123456789'), TOO_LONG, line('short')])
  expect(await read(`${'x'.repeat(1000)}\nend`, bytes)).toEqual([TOO_LONG, line('end')])
  expect(await read('x'.repeat(1000), bytes)).toEqual([TOO_LONG])
})

test('says that a line is not UTF-8, and goes on with the next one', async () => {
  const input = [Buffer.from('first\n\xff\nend', 'latin1')]
  expect(await Array.fromAsync(readLines(input.values() as never, 10))).toEqual([
    line('first'),
    { kind: 'not UTF-8' },
    line('end'),
  ])
})
