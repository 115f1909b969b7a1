import { ProtocolError } from '@modelcontextprotocol/client'

/** A page that a person has to deal with before the call can be made, under the server's own id for that. */
export interface RequiredPage {
  readonly message: string
  readonly url: string
  readonly elicitationId?: string
}

/** MCP's URLElicitationRequiredError, which servers of 2025 only may give. */
const URL_ELICITATION_REQUIRED = -32042

/** The pages that a server wants to be seen first, where it said so; undefined where the error is another. */
export function readRequiredPages(error: unknown): readonly [RequiredPage, ...RequiredPage[]] | undefined {
  if (!(error instanceof ProtocolError) || error.code !== URL_ELICITATION_REQUIRED) return undefined
  const { elicitations } = Object(error.data) as { readonly elicitations?: unknown }
  const [first, ...rest] = Array.isArray(elicitations) ? elicitations.flatMap(readPage) : []
  return first && [first, ...rest]
}

function readPage(page: unknown): RequiredPage[] {
  const { message, url, elicitationId } = Object(page) as Partial<Record<keyof RequiredPage, unknown>>
  if (typeof message !== 'string' || typeof url !== 'string') return []
  return [{ message, url, ...(typeof elicitationId === 'string' && { elicitationId }) }]
}
