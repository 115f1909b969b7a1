const VERSION_CLAIM = 'io.modelcontextprotocol/protocolVersion'

/** The revision that a request without session claims for itself, or undefined when it is of the era with sessions. */
export function modernVersionOf(body: unknown): string | undefined {
  const { params } = (typeof body === 'object' && body !== null ? body : {}) as {
    params?: { _meta?: Record<string, unknown> }
  }
  const claim = params?._meta?.[VERSION_CLAIM]
  return typeof claim === 'string' ? claim : undefined
}
