import { isUtf8 } from 'node:buffer'

export type Line =
  | { readonly kind: 'line'; readonly text: string }
  /** It had more bytes than a line may have, and was dropped. */
  | { readonly kind: 'too long' }
  | { readonly kind: 'not UTF-8' }

const NEWLINE = '\n'.charCodeAt(0)

/** Cuts what comes into lines of UTF-8, and keeps no more than `mostBytes` of one that is not complete. */
export async function* readLines(input: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<Line> {
  let parts: Buffer[] = []
  let bytes = 0
  const take = (part: Buffer) => {
    bytes += part.length
    if (bytes <= mostBytes) parts.push(part)
    else parts = []
  }
  const end = (): Line => {
    const line: Line = bytes <= mostBytes ? toLine(Buffer.concat(parts)) : { kind: 'too long' }
    parts = []
    bytes = 0
    return line
  }
  for await (const chunk of input) {
    let from = 0
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, to))
      yield end()
      from = to + 1
    }
    take(chunk.subarray(from))
  }
  if (bytes > 0) yield end()
}

const toLine = (bytes: Buffer): Line =>
  isUtf8(bytes) ? { kind: 'line', text: bytes.toString() } : { kind: 'not UTF-8' }
