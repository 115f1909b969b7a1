import { expect, test } from 'vitest'
import { readEvents, type StreamEvent } from './event-reader.ts'

const TEXT = [
  ': still here\n\n',
  'id: 1\nretry: 500\ndata: \n\n',
  'event: message\nid: 2\ndata: {"a":"größe: x"}\n\n',
  'data:no blank\r\n\r\n',
  'data: two\ndata: lines\n\n',
  'data: cut off',
].join('')

async function* inChunks(bytes: number): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(TEXT)
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes)
}

test.each([1, 2, 7, 1000])('reads whole events, wherever chunks of %i bytes end', async (bytes) => {
  const events: StreamEvent[] = await Array.fromAsync(readEvents(inChunks(bytes)))
  expect(events).toEqual([
    { id: '1', data: '' },
    { id: '2', data: '{"a":"größe: x"}' },
    { data: 'no blank' },
    { data: 'two\nlines' },
  ])
})
