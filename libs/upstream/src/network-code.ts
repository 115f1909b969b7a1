import { ProtocolError } from '@modelcontextprotocol/client'

/** The system's code of a network or process error, also where it is the cause of another. */
export function networkCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof ProtocolError) return undefined
  if ('code' in error && typeof error.code === 'string' && /^(E[A-Z]+|EAI_\w+|UND_ERR_\w+)$/.test(error.code)) {
    return error.code
  }
  return networkCode(error.cause)
}
