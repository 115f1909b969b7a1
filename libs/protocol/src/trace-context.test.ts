import { describe, expect, test } from 'vitest'
import { parseTraceContext } from './trace-context.ts'

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const OTHER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'

describe('the trace of a request [F6]', () => {
  test.each([
    { in: '_meta', meta: { traceparent: PARENT, tracestate: 'a=1', baggage: 'k=v' }, headers: {} },
    { in: 'headers', meta: { other: 1 }, headers: { traceparent: PARENT, tracestate: 'a=1', baggage: 'k=v' } },
    { in: 'headers of a request without _meta', headers: { traceparent: PARENT, tracestate: 'a=1', baggage: 'k=v' } },
  ])('is what is said in $in', ({ meta, headers }) => {
    expect(parseTraceContext(meta, headers)).toEqual({ traceparent: PARENT, tracestate: 'a=1', baggage: 'k=v' })
  })

  test('is what _meta says where headers say another', () => {
    const headers = { traceparent: OTHER, tracestate: 'b=2', baggage: 'k=other' }
    expect(parseTraceContext({ traceparent: PARENT, baggage: 'k=v' }, headers)).toEqual({
      traceparent: PARENT,
      baggage: 'k=v',
    })
    expect(parseTraceContext({ traceparent: 'broken', tracestate: 'a=1' }, headers)).toEqual(headers)
  })

  test('may be baggage alone', () => {
    expect(parseTraceContext({ baggage: 'user=ann' }, {})).toEqual({ baggage: 'user=ann' })
  })

  test.each([
    [`ff${PARENT.slice(2)}`],
    [PARENT.toUpperCase()],
    [`${PARENT}-more`],
    [PARENT.slice(1)],
    ['00-00000000000000000000000000000000-b7ad6b7169203331-01'],
    ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01'],
    [''],
    [7],
    [[PARENT]],
    [`${PARENT}\n`],
  ])('is not %j', (traceparent) => {
    expect(parseTraceContext({ traceparent, tracestate: 'a=1' }, {})).toBeUndefined()
  })

  test('may be of a later version, which says more', () => {
    const traceparent = `cc${PARENT.slice(2)}-what-the-future`
    expect(parseTraceContext({ traceparent }, {})).toEqual({ traceparent })
  })

  test.each([
    { tracestate: 'x'.repeat(513) },
    { tracestate: 'a=\u00fc' },
    { tracestate: 'a=1\r\nx: 2' },
    { tracestate: 1 },
    { baggage: 'x'.repeat(8193) },
    { baggage: 'k=v\u0000' },
    { baggage: {} },
    { baggage: '' },
  ])('leaves out what no header could carry, or what is too long', (wrong) => {
    expect(parseTraceContext({ traceparent: PARENT, ...wrong }, {})).toEqual({ traceparent: PARENT })
  })
})
