/**
 * The trace that a task belongs to, in the words of W3C Trace Context and W3C Baggage: what its submitter said, to be
 * handed on as it is. The members are named like the HTTP headers and the members of `_meta` that carry them.
 */
export interface TraceContext {
  readonly traceparent?: string
  /** Only beside `traceparent`. */
  readonly tracestate?: string
  readonly baggage?: string
}
