import type { TraceContext } from '@longhaul/task'
import { asObject } from './as-object.ts'

/** What must be handed on at least, by W3C Trace Context and W3C Baggage; more is left out rather than cut. */
const MOST_TRACESTATE_CHARACTERS = 512
const MOST_BAGGAGE_CHARACTERS = 8192

/** Version, trace id, parent id, flags; a later version may have more after them. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(-[\w-]{1,200})?$/
const VISIBLE = /^[\x20-\x7e]+$/

type Carrier = Readonly<Record<string, unknown>>

/**
 * The trace that a request belongs to (F6): what its `_meta` says, else what its headers say. What is malformed says
 * nothing: nobody's call fails for its trace.
 */
export function parseTraceContext(meta: unknown, headers: Carrier): TraceContext | undefined {
  const inMeta: Carrier = asObject(meta) ?? {}
  const trace = parseTrace(inMeta) ?? parseTrace(headers)
  const baggage =
    parseText(inMeta.baggage, MOST_BAGGAGE_CHARACTERS) ?? parseText(headers.baggage, MOST_BAGGAGE_CHARACTERS)
  return trace || baggage !== undefined ? { ...trace, ...(baggage !== undefined && { baggage }) } : undefined
}

/** Both from the same place: the state is of that parent and no other. */
function parseTrace({ traceparent, tracestate }: Carrier): TraceContext | undefined {
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined
  if (traceparent.startsWith('00') && traceparent.length > 55) return undefined
  const state = parseText(tracestate, MOST_TRACESTATE_CHARACTERS)
  return { traceparent, ...(state !== undefined && { tracestate: state }) }
}

const parseText = (value: unknown, mostCharacters: number): string | undefined =>
  typeof value === 'string' && value.length <= mostCharacters && VISIBLE.test(value) ? value : undefined
